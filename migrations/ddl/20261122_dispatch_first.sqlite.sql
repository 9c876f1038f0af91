CREATE TABLE "plan" (
	id INTEGER NOT NULL, 
	plan_no TEXT NOT NULL, 
	day DATE NOT NULL, 
	territory_code TEXT, 
	state VARCHAR(24) NOT NULL, 
	horizon_start_at DATETIME NOT NULL, 
	problem TEXT NOT NULL, 
	"plan" TEXT NOT NULL, 
	cost_fen INTEGER NOT NULL, 
	greedy TEXT NOT NULL, 
	bound_fen INTEGER, 
	created_at DATETIME NOT NULL, 
	created_by TEXT NOT NULL, 
	published_at DATETIME, 
	published_by TEXT, 
	CONSTRAINT pk_plan PRIMARY KEY (id), 
	CONSTRAINT uq_plan_plan_no UNIQUE (plan_no), 
	CONSTRAINT ck_plan_planstate CHECK (state IN ('proposed', 'published', 'superseded')), 
	CONSTRAINT ck_plan_cost_fen_is_whole CHECK (typeof(cost_fen) IN ('integer', 'null')), 
	CONSTRAINT ck_plan_bound_fen_is_whole CHECK (typeof(bound_fen) IN ('integer', 'null'))
)
--;;
CREATE INDEX ix_plan_day ON "plan" (day)
--;;
CREATE TABLE skill (
	code TEXT NOT NULL, 
	name_zh TEXT NOT NULL, 
	name_en TEXT NOT NULL, 
	CONSTRAINT pk_skill PRIMARY KEY (code)
)
--;;
CREATE TABLE territory (
	code TEXT NOT NULL, 
	name_zh TEXT NOT NULL, 
	name_en TEXT NOT NULL, 
	CONSTRAINT pk_territory PRIMARY KEY (code)
)
--;;
CREATE TABLE request (
	id INTEGER NOT NULL, 
	request_no TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	customer_id INTEGER NOT NULL, 
	site_id INTEGER NOT NULL, 
	asset_id INTEGER NOT NULL, 
	type VARCHAR(24) NOT NULL, 
	channel VARCHAR(24) NOT NULL, 
	fault_level INTEGER NOT NULL, 
	state VARCHAR(24) NOT NULL, 
	caller_name TEXT NOT NULL, 
	caller_mobile TEXT NOT NULL, 
	symptom TEXT NOT NULL, 
	reported_at DATETIME NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by TEXT NOT NULL, 
	covered BOOLEAN NOT NULL, 
	cover_ref TEXT NOT NULL, 
	entitlement TEXT NOT NULL, 
	entitlement_above TEXT NOT NULL, 
	level_held_reason TEXT, 
	merged_into_id INTEGER, 
	send_allowed_by TEXT, 
	send_allowed_reason TEXT, 
	closed_at DATETIME, 
	version INTEGER NOT NULL, 
	CONSTRAINT pk_request PRIMARY KEY (id), 
	CONSTRAINT ck_request_fault_level CHECK (fault_level BETWEEN 1 AND 3), 
	CONSTRAINT uq_request_request_no UNIQUE (request_no), 
	CONSTRAINT uq_request_key UNIQUE ("key"), 
	CONSTRAINT fk_request_customer_id FOREIGN KEY(customer_id) REFERENCES customer (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_request_site_id FOREIGN KEY(site_id) REFERENCES site (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_request_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE RESTRICT, 
	CONSTRAINT ck_request_requesttype CHECK (type IN ('fault', 'consultation', 'inspection', 'complaint')), 
	CONSTRAINT ck_request_channel CHECK (channel IN ('phone', 'email', 'portal', 'monitoring')), 
	CONSTRAINT ck_request_requeststate CHECK (state IN ('new', 'triaged', 'in_work', 'restored', 'resolved', 'closed', 'merged', 'not_needed')), 
	CONSTRAINT fk_request_merged_into_id FOREIGN KEY(merged_into_id) REFERENCES request (id) ON DELETE RESTRICT, 
	CONSTRAINT ck_request_customer_id_is_whole CHECK (typeof(customer_id) IN ('integer', 'null')), 
	CONSTRAINT ck_request_site_id_is_whole CHECK (typeof(site_id) IN ('integer', 'null')), 
	CONSTRAINT ck_request_asset_id_is_whole CHECK (typeof(asset_id) IN ('integer', 'null')), 
	CONSTRAINT ck_request_fault_level_is_whole CHECK (typeof(fault_level) IN ('integer', 'null')), 
	CONSTRAINT ck_request_merged_into_id_is_whole CHECK (typeof(merged_into_id) IN ('integer', 'null')), 
	CONSTRAINT ck_request_version_is_whole CHECK (typeof(version) IN ('integer', 'null'))
)
--;;
CREATE INDEX ix_request_asset_id ON request (asset_id)
--;;
CREATE INDEX ix_request_customer_id ON request (customer_id)
--;;
CREATE INDEX ix_request_site_id ON request (site_id)
--;;
CREATE INDEX ix_request_state_reported_at ON request (state, reported_at)
--;;
CREATE TABLE engineer (
	id INTEGER NOT NULL, 
	engineer_no TEXT NOT NULL, 
	name TEXT NOT NULL, 
	name_en TEXT NOT NULL, 
	initials TEXT NOT NULL, 
	mobile TEXT NOT NULL, 
	territory_code TEXT NOT NULL, 
	home_address TEXT NOT NULL, 
	home_lat DOUBLE NOT NULL, 
	home_lon DOUBLE NOT NULL, 
	last_lat DOUBLE, 
	last_lon DOUBLE, 
	last_seen_at DATETIME, 
	left_on DATE, 
	version INTEGER NOT NULL, 
	CONSTRAINT pk_engineer PRIMARY KEY (id), 
	CONSTRAINT ck_engineer_home_lat CHECK (home_lat BETWEEN -90 AND 90), 
	CONSTRAINT ck_engineer_home_lon CHECK (home_lon BETWEEN -180 AND 180), 
	CONSTRAINT uq_engineer_engineer_no UNIQUE (engineer_no), 
	CONSTRAINT fk_engineer_territory_code FOREIGN KEY(territory_code) REFERENCES territory (code) ON DELETE RESTRICT, 
	CONSTRAINT ck_engineer_version_is_whole CHECK (typeof(version) IN ('integer', 'null'))
)
--;;
CREATE INDEX ix_engineer_initials ON engineer (initials)
--;;
CREATE INDEX ix_engineer_territory_code ON engineer (territory_code)
--;;
CREATE TABLE model_skill (
	model TEXT NOT NULL, 
	skill_code TEXT NOT NULL, 
	level INTEGER NOT NULL, 
	minutes INTEGER NOT NULL, 
	CONSTRAINT pk_model_skill PRIMARY KEY (model), 
	CONSTRAINT ck_model_skill_level CHECK (level BETWEEN 1 AND 3), 
	CONSTRAINT ck_model_skill_minutes CHECK (minutes BETWEEN 5 AND 960), 
	CONSTRAINT fk_model_skill_skill_code FOREIGN KEY(skill_code) REFERENCES skill (code) ON DELETE RESTRICT, 
	CONSTRAINT ck_model_skill_level_is_whole CHECK (typeof(level) IN ('integer', 'null')), 
	CONSTRAINT ck_model_skill_minutes_is_whole CHECK (typeof(minutes) IN ('integer', 'null'))
)
--;;
CREATE TABLE commitment_clock (
	id INTEGER NOT NULL, 
	request_id INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	level INTEGER NOT NULL, 
	started_at DATETIME NOT NULL, 
	limit_s INTEGER NOT NULL, 
	hours_code TEXT NOT NULL, 
	zone TEXT NOT NULL, 
	calendar_version INTEGER NOT NULL, 
	due_at DATETIME NOT NULL, 
	at_risk_at DATETIME NOT NULL, 
	provisional BOOLEAN NOT NULL, 
	paused_s INTEGER NOT NULL, 
	state VARCHAR(24) NOT NULL, 
	stopped_at DATETIME, 
	superseded_at DATETIME, 
	next_step_at DATETIME, 
	cover_ref TEXT NOT NULL, 
	contract_version_id INTEGER, 
	terms TEXT NOT NULL, 
	CONSTRAINT pk_commitment_clock PRIMARY KEY (id), 
	CONSTRAINT uq_commitment_clock_request_id_kind_level_started_at UNIQUE (request_id, kind, level, started_at), 
	CONSTRAINT ck_commitment_clock_limit CHECK (limit_s > 0), 
	CONSTRAINT ck_commitment_clock_level CHECK (level BETWEEN 1 AND 3), 
	CONSTRAINT ck_commitment_clock_paused CHECK (paused_s >= 0), 
	CONSTRAINT fk_commitment_clock_request_id FOREIGN KEY(request_id) REFERENCES request (id) ON DELETE RESTRICT, 
	CONSTRAINT ck_commitment_clock_clockrowstate CHECK (state IN ('running', 'at_risk', 'paused', 'breached', 'met', 'met_late', 'waived')), 
	CONSTRAINT fk_commitment_clock_contract_version_id FOREIGN KEY(contract_version_id) REFERENCES contract_version (id) ON DELETE RESTRICT, 
	CONSTRAINT ck_commitment_clock_level_is_whole CHECK (typeof(level) IN ('integer', 'null')), 
	CONSTRAINT ck_commitment_clock_limit_s_is_whole CHECK (typeof(limit_s) IN ('integer', 'null')), 
	CONSTRAINT ck_commitment_clock_calendar_version_is_whole CHECK (typeof(calendar_version) IN ('integer', 'null')), 
	CONSTRAINT ck_commitment_clock_paused_s_is_whole CHECK (typeof(paused_s) IN ('integer', 'null')), 
	CONSTRAINT ck_commitment_clock_contract_version_id_is_whole CHECK (typeof(contract_version_id) IN ('integer', 'null'))
)
--;;
CREATE INDEX ix_commitment_clock_next_step_at ON commitment_clock (next_step_at)
--;;
CREATE INDEX ix_commitment_clock_open_due ON commitment_clock (state, due_at)
--;;
CREATE INDEX ix_commitment_clock_request_id ON commitment_clock (request_id)
--;;
CREATE VIEW inspect_clock AS
SELECT c.id AS id, r.request_no AS request, c.kind AS kind, c.level AS level, c.started_at AS started_at,
       c.due_at AS due_at, c.paused_s AS paused_s, c.state AS state, c.stopped_at AS stopped_at, c.terms AS terms
FROM commitment_clock c JOIN request r ON r.id = c.request_id
--;;
CREATE TABLE duty (
	id INTEGER NOT NULL, 
	engineer_id INTEGER NOT NULL, 
	kind VARCHAR(24) NOT NULL, 
	starts_at DATETIME NOT NULL, 
	ends_at DATETIME NOT NULL, 
	break_from_at DATETIME, 
	break_latest_at DATETIME, 
	break_minutes INTEGER NOT NULL, 
	max_overtime_minutes INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	CONSTRAINT pk_duty PRIMARY KEY (id), 
	CONSTRAINT uq_duty_engineer_id_starts_at UNIQUE (engineer_id, starts_at), 
	CONSTRAINT ck_duty_ends_after_it_starts CHECK (ends_at > starts_at), 
	CONSTRAINT ck_duty_overtime CHECK (max_overtime_minutes BETWEEN 0 AND 480), 
	CONSTRAINT ck_duty_break CHECK (break_minutes BETWEEN 0 AND 240), 
	CONSTRAINT fk_duty_engineer_id FOREIGN KEY(engineer_id) REFERENCES engineer (id) ON DELETE CASCADE, 
	CONSTRAINT ck_duty_dutykind CHECK (kind IN ('regular', 'on_call')), 
	CONSTRAINT ck_duty_engineer_id_is_whole CHECK (typeof(engineer_id) IN ('integer', 'null')), 
	CONSTRAINT ck_duty_break_minutes_is_whole CHECK (typeof(break_minutes) IN ('integer', 'null')), 
	CONSTRAINT ck_duty_max_overtime_minutes_is_whole CHECK (typeof(max_overtime_minutes) IN ('integer', 'null')), 
	CONSTRAINT ck_duty_version_is_whole CHECK (typeof(version) IN ('integer', 'null'))
)
--;;
CREATE INDEX ix_duty_engineer_id ON duty (engineer_id)
--;;
CREATE INDEX ix_duty_starts_at ON duty (starts_at)
--;;
CREATE TABLE engineer_skill (
	engineer_id INTEGER NOT NULL, 
	skill_code TEXT NOT NULL, 
	level INTEGER NOT NULL, 
	expires_on DATE, 
	CONSTRAINT pk_engineer_skill PRIMARY KEY (engineer_id, skill_code), 
	CONSTRAINT ck_engineer_skill_level CHECK (level BETWEEN 1 AND 3), 
	CONSTRAINT fk_engineer_skill_engineer_id FOREIGN KEY(engineer_id) REFERENCES engineer (id) ON DELETE CASCADE, 
	CONSTRAINT fk_engineer_skill_skill_code FOREIGN KEY(skill_code) REFERENCES skill (code) ON DELETE RESTRICT, 
	CONSTRAINT ck_engineer_skill_level_is_whole CHECK (typeof(level) IN ('integer', 'null'))
)
--;;
CREATE TABLE plan_route (
	plan_id INTEGER NOT NULL, 
	engineer_id INTEGER NOT NULL, 
	state VARCHAR(24) NOT NULL, 
	stops INTEGER NOT NULL, 
	reasons TEXT NOT NULL, 
	CONSTRAINT pk_plan_route PRIMARY KEY (plan_id, engineer_id), 
	CONSTRAINT fk_plan_route_plan_id FOREIGN KEY(plan_id) REFERENCES "plan" (id) ON DELETE CASCADE, 
	CONSTRAINT fk_plan_route_engineer_id FOREIGN KEY(engineer_id) REFERENCES engineer (id) ON DELETE RESTRICT, 
	CONSTRAINT ck_plan_route_routestate CHECK (state IN ('proposed', 'applied', 'refused')), 
	CONSTRAINT ck_plan_route_stops_is_whole CHECK (typeof(stops) IN ('integer', 'null'))
)
--;;
CREATE TABLE visit (
	id INTEGER NOT NULL, 
	visit_ref TEXT NOT NULL, 
	request_id INTEGER NOT NULL, 
	site_id INTEGER NOT NULL, 
	state VARCHAR(24) NOT NULL, 
	skill_code TEXT NOT NULL, 
	skill_level INTEGER NOT NULL, 
	duration_s INTEGER NOT NULL, 
	release_at DATETIME NOT NULL, 
	window_from_at DATETIME, 
	window_to_at DATETIME, 
	engineer_id INTEGER, 
	planned_start_at DATETIME, 
	planned_end_at DATETIME, 
	planned_travel_s INTEGER, 
	planned_via TEXT, 
	pinned BOOLEAN NOT NULL, 
	assigned_at DATETIME, 
	told_at DATETIME, 
	accepted_at DATETIME, 
	set_off_at DATETIME, 
	arrived_at DATETIME, 
	arrival_received_at DATETIME, 
	arrival_distance_m INTEGER, 
	arrival_flagged BOOLEAN NOT NULL, 
	customer_confirmed_at DATETIME, 
	restored_at DATETIME, 
	resolved_at DATETIME, 
	signed_at DATETIME, 
	cause TEXT NOT NULL, 
	action_taken TEXT NOT NULL, 
	notes TEXT NOT NULL, 
	signer_name TEXT NOT NULL, 
	signature TEXT NOT NULL, 
	report_sha256 TEXT NOT NULL, 
	decline_reason TEXT NOT NULL, 
	send_anyway_reason TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	CONSTRAINT pk_visit PRIMARY KEY (id), 
	CONSTRAINT ck_visit_skill_level CHECK (skill_level BETWEEN 1 AND 3), 
	CONSTRAINT ck_visit_duration CHECK (duration_s BETWEEN 300 AND 57600), 
	CONSTRAINT ck_visit_assigned_to_someone CHECK ((state IN ('unassigned', 'declined', 'cancelled')) OR (engineer_id IS NOT NULL)), 
	CONSTRAINT ck_visit_arrival_both_instants CHECK (arrived_at IS NULL OR arrival_received_at IS NOT NULL), 
	CONSTRAINT uq_visit_visit_ref UNIQUE (visit_ref), 
	CONSTRAINT fk_visit_request_id FOREIGN KEY(request_id) REFERENCES request (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_visit_site_id FOREIGN KEY(site_id) REFERENCES site (id) ON DELETE RESTRICT, 
	CONSTRAINT ck_visit_visitstate CHECK (state IN ('unassigned', 'assigned', 'accepted', 'en_route', 'on_site', 'working', 'resolved', 'signed', 'declined', 'cancelled')), 
	CONSTRAINT fk_visit_skill_code FOREIGN KEY(skill_code) REFERENCES skill (code) ON DELETE RESTRICT, 
	CONSTRAINT fk_visit_engineer_id FOREIGN KEY(engineer_id) REFERENCES engineer (id) ON DELETE RESTRICT, 
	CONSTRAINT ck_visit_request_id_is_whole CHECK (typeof(request_id) IN ('integer', 'null')), 
	CONSTRAINT ck_visit_site_id_is_whole CHECK (typeof(site_id) IN ('integer', 'null')), 
	CONSTRAINT ck_visit_skill_level_is_whole CHECK (typeof(skill_level) IN ('integer', 'null')), 
	CONSTRAINT ck_visit_duration_s_is_whole CHECK (typeof(duration_s) IN ('integer', 'null')), 
	CONSTRAINT ck_visit_engineer_id_is_whole CHECK (typeof(engineer_id) IN ('integer', 'null')), 
	CONSTRAINT ck_visit_planned_travel_s_is_whole CHECK (typeof(planned_travel_s) IN ('integer', 'null')), 
	CONSTRAINT ck_visit_arrival_distance_m_is_whole CHECK (typeof(arrival_distance_m) IN ('integer', 'null')), 
	CONSTRAINT ck_visit_version_is_whole CHECK (typeof(version) IN ('integer', 'null'))
)
--;;
CREATE INDEX ix_visit_engineer_state ON visit (engineer_id, state)
--;;
CREATE INDEX ix_visit_request_id ON visit (request_id)
--;;
CREATE INDEX ix_visit_site_id ON visit (site_id)
--;;
CREATE INDEX ix_visit_state_planned ON visit (state, planned_start_at)
--;;
CREATE TABLE clock_event (
	id INTEGER NOT NULL, 
	request_id INTEGER NOT NULL, 
	clock_id INTEGER, 
	seq INTEGER NOT NULL, 
	kind VARCHAR(24) NOT NULL, 
	at DATETIME NOT NULL, 
	recorded_at DATETIME NOT NULL, 
	"by" TEXT NOT NULL, 
	data TEXT NOT NULL, 
	CONSTRAINT pk_clock_event PRIMARY KEY (id), 
	CONSTRAINT uq_clock_event_request_id_seq UNIQUE (request_id, seq), 
	CONSTRAINT fk_clock_event_request_id FOREIGN KEY(request_id) REFERENCES request (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_clock_event_clock_id FOREIGN KEY(clock_id) REFERENCES commitment_clock (id) ON DELETE RESTRICT, 
	CONSTRAINT ck_clock_event_clockeventkind CHECK (kind IN ('started', 'paused', 'resumed', 'limit_changed', 'appointment', 'stopped', 'stop_reversed', 'waived', 'level_changed')), 
	CONSTRAINT ck_clock_event_clock_id_is_whole CHECK (typeof(clock_id) IN ('integer', 'null')), 
	CONSTRAINT ck_clock_event_seq_is_whole CHECK (typeof(seq) IN ('integer', 'null'))
)
--;;
CREATE INDEX ix_clock_event_request_id ON clock_event (request_id)
--;;
CREATE TRIGGER tr_clock_event_no_update BEFORE UPDATE ON clock_event BEGIN SELECT RAISE(ABORT, 'tr_clock_event_is_append_only'); END
--;;
CREATE TRIGGER tr_clock_event_no_delete BEFORE DELETE ON clock_event BEGIN SELECT RAISE(ABORT, 'tr_clock_event_is_append_only'); END
--;;
CREATE TRIGGER tr_clock_event_pauses_apart BEFORE INSERT ON clock_event
WHEN NEW.kind IN ('paused', 'resumed') AND NEW.kind = COALESCE(
    (SELECT kind FROM clock_event WHERE request_id = NEW.request_id AND kind IN ('paused', 'resumed')
     ORDER BY seq DESC LIMIT 1), 'resumed')
BEGIN SELECT RAISE(ABORT, 'tr_clock_event_pauses_apart'); END
--;;
CREATE TABLE clock_step (
	id INTEGER NOT NULL, 
	clock_id INTEGER NOT NULL, 
	step INTEGER NOT NULL, 
	due_at DATETIME NOT NULL, 
	fired_at DATETIME NOT NULL, 
	CONSTRAINT pk_clock_step PRIMARY KEY (id), 
	CONSTRAINT uq_clock_step_clock_id_step UNIQUE (clock_id, step), 
	CONSTRAINT fk_clock_step_clock_id FOREIGN KEY(clock_id) REFERENCES commitment_clock (id) ON DELETE RESTRICT, 
	CONSTRAINT ck_clock_step_clock_id_is_whole CHECK (typeof(clock_id) IN ('integer', 'null')), 
	CONSTRAINT ck_clock_step_step_is_whole CHECK (typeof(step) IN ('integer', 'null'))
)
--;;
CREATE VIEW inspect_escalation AS
SELECT s.clock_id AS clock, s.step AS step, s.due_at AS due_at, s.fired_at AS fired_at FROM clock_step s
--;;
CREATE TABLE field_action (
	id INTEGER NOT NULL, 
	action_id TEXT NOT NULL, 
	device TEXT NOT NULL, 
	seq INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	visit_id INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	body_hash TEXT NOT NULL, 
	state TEXT NOT NULL, 
	answer TEXT NOT NULL, 
	claimed_at DATETIME NOT NULL, 
	received_at DATETIME NOT NULL, 
	flagged BOOLEAN NOT NULL, 
	CONSTRAINT pk_field_action PRIMARY KEY (id), 
	CONSTRAINT uq_field_action_device_seq UNIQUE (device, seq), 
	CONSTRAINT uq_field_action_action_id UNIQUE (action_id), 
	CONSTRAINT fk_field_action_user_id FOREIGN KEY(user_id) REFERENCES user_account (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_field_action_visit_id FOREIGN KEY(visit_id) REFERENCES visit (id) ON DELETE RESTRICT, 
	CONSTRAINT ck_field_action_seq_is_whole CHECK (typeof(seq) IN ('integer', 'null')), 
	CONSTRAINT ck_field_action_user_id_is_whole CHECK (typeof(user_id) IN ('integer', 'null')), 
	CONSTRAINT ck_field_action_visit_id_is_whole CHECK (typeof(visit_id) IN ('integer', 'null'))
)
--;;
CREATE INDEX ix_field_action_visit_id ON field_action (visit_id)
--;;
CREATE VIEW inspect_action AS SELECT id, device, seq, user_id AS "user", state, claimed_at, received_at FROM field_action
--;;
CREATE TABLE visit_part (
	id INTEGER NOT NULL, 
	visit_id INTEGER NOT NULL, 
	part_id INTEGER NOT NULL, 
	qty INTEGER NOT NULL, 
	CONSTRAINT pk_visit_part PRIMARY KEY (id), 
	CONSTRAINT uq_visit_part_visit_id_part_id UNIQUE (visit_id, part_id), 
	CONSTRAINT ck_visit_part_qty CHECK (qty > 0), 
	CONSTRAINT fk_visit_part_visit_id FOREIGN KEY(visit_id) REFERENCES visit (id) ON DELETE CASCADE, 
	CONSTRAINT fk_visit_part_part_id FOREIGN KEY(part_id) REFERENCES part (id) ON DELETE RESTRICT, 
	CONSTRAINT ck_visit_part_visit_id_is_whole CHECK (typeof(visit_id) IN ('integer', 'null')), 
	CONSTRAINT ck_visit_part_qty_is_whole CHECK (typeof(qty) IN ('integer', 'null'))
)
--;;
CREATE INDEX ix_visit_part_visit_id ON visit_part (visit_id)
--;;
