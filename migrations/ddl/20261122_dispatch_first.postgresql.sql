CREATE TABLE plan (
	id BIGSERIAL NOT NULL, 
	plan_no TEXT NOT NULL, 
	day DATE NOT NULL, 
	territory_code TEXT, 
	state VARCHAR(24) NOT NULL, 
	horizon_start_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	problem TEXT NOT NULL, 
	plan TEXT NOT NULL, 
	cost_fen BIGINT NOT NULL, 
	greedy TEXT NOT NULL, 
	bound_fen BIGINT, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	created_by TEXT NOT NULL, 
	published_at TIMESTAMP WITH TIME ZONE, 
	published_by TEXT, 
	CONSTRAINT pk_plan PRIMARY KEY (id), 
	CONSTRAINT uq_plan_plan_no UNIQUE (plan_no), 
	CONSTRAINT ck_plan_planstate CHECK (state IN ('proposed', 'published', 'superseded'))
)
--;;
CREATE INDEX ix_plan_day ON plan (day)
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
	id BIGSERIAL NOT NULL, 
	request_no TEXT NOT NULL, 
	key TEXT NOT NULL, 
	customer_id BIGINT NOT NULL, 
	site_id BIGINT NOT NULL, 
	asset_id BIGINT NOT NULL, 
	type VARCHAR(24) NOT NULL, 
	channel VARCHAR(24) NOT NULL, 
	fault_level BIGINT NOT NULL, 
	state VARCHAR(24) NOT NULL, 
	caller_name TEXT NOT NULL, 
	caller_mobile TEXT NOT NULL, 
	symptom TEXT NOT NULL, 
	reported_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	created_by TEXT NOT NULL, 
	covered BOOLEAN NOT NULL, 
	cover_ref TEXT NOT NULL, 
	entitlement TEXT NOT NULL, 
	entitlement_above TEXT NOT NULL, 
	level_held_reason TEXT, 
	merged_into_id BIGINT, 
	send_allowed_by TEXT, 
	send_allowed_reason TEXT, 
	closed_at TIMESTAMP WITH TIME ZONE, 
	version BIGINT NOT NULL, 
	CONSTRAINT pk_request PRIMARY KEY (id), 
	CONSTRAINT ck_request_fault_level CHECK (fault_level BETWEEN 1 AND 3), 
	CONSTRAINT uq_request_request_no UNIQUE (request_no), 
	CONSTRAINT uq_request_key UNIQUE (key), 
	CONSTRAINT fk_request_customer_id FOREIGN KEY(customer_id) REFERENCES customer (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_request_site_id FOREIGN KEY(site_id) REFERENCES site (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_request_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE RESTRICT, 
	CONSTRAINT ck_request_requesttype CHECK (type IN ('fault', 'consultation', 'inspection', 'complaint')), 
	CONSTRAINT ck_request_channel CHECK (channel IN ('phone', 'email', 'portal', 'monitoring')), 
	CONSTRAINT ck_request_requeststate CHECK (state IN ('new', 'triaged', 'in_work', 'restored', 'resolved', 'closed', 'merged', 'not_needed')), 
	CONSTRAINT fk_request_merged_into_id FOREIGN KEY(merged_into_id) REFERENCES request (id) ON DELETE RESTRICT
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
	id BIGSERIAL NOT NULL, 
	engineer_no TEXT NOT NULL, 
	name TEXT NOT NULL, 
	name_en TEXT NOT NULL, 
	initials TEXT NOT NULL, 
	mobile TEXT NOT NULL, 
	territory_code TEXT NOT NULL, 
	home_address TEXT NOT NULL, 
	home_lat DOUBLE PRECISION NOT NULL, 
	home_lon DOUBLE PRECISION NOT NULL, 
	last_lat DOUBLE PRECISION, 
	last_lon DOUBLE PRECISION, 
	last_seen_at TIMESTAMP WITH TIME ZONE, 
	left_on DATE, 
	version BIGINT NOT NULL, 
	CONSTRAINT pk_engineer PRIMARY KEY (id), 
	CONSTRAINT ck_engineer_home_lat CHECK (home_lat BETWEEN -90 AND 90), 
	CONSTRAINT ck_engineer_home_lon CHECK (home_lon BETWEEN -180 AND 180), 
	CONSTRAINT uq_engineer_engineer_no UNIQUE (engineer_no), 
	CONSTRAINT fk_engineer_territory_code FOREIGN KEY(territory_code) REFERENCES territory (code) ON DELETE RESTRICT
)
--;;
CREATE INDEX ix_engineer_initials ON engineer (initials)
--;;
CREATE INDEX ix_engineer_territory_code ON engineer (territory_code)
--;;
CREATE TABLE model_skill (
	model TEXT NOT NULL, 
	skill_code TEXT NOT NULL, 
	level BIGINT NOT NULL, 
	minutes BIGINT NOT NULL, 
	CONSTRAINT pk_model_skill PRIMARY KEY (model), 
	CONSTRAINT ck_model_skill_level CHECK (level BETWEEN 1 AND 3), 
	CONSTRAINT ck_model_skill_minutes CHECK (minutes BETWEEN 5 AND 960), 
	CONSTRAINT fk_model_skill_skill_code FOREIGN KEY(skill_code) REFERENCES skill (code) ON DELETE RESTRICT
)
--;;
CREATE TABLE commitment_clock (
	id BIGSERIAL NOT NULL, 
	request_id BIGINT NOT NULL, 
	kind TEXT NOT NULL, 
	level BIGINT NOT NULL, 
	started_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	limit_s BIGINT NOT NULL, 
	hours_code TEXT NOT NULL, 
	zone TEXT NOT NULL, 
	calendar_version BIGINT NOT NULL, 
	due_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	at_risk_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	provisional BOOLEAN NOT NULL, 
	paused_s BIGINT NOT NULL, 
	state VARCHAR(24) NOT NULL, 
	stopped_at TIMESTAMP WITH TIME ZONE, 
	superseded_at TIMESTAMP WITH TIME ZONE, 
	next_step_at TIMESTAMP WITH TIME ZONE, 
	cover_ref TEXT NOT NULL, 
	contract_version_id BIGINT, 
	terms TEXT NOT NULL, 
	CONSTRAINT pk_commitment_clock PRIMARY KEY (id), 
	CONSTRAINT uq_commitment_clock_request_id_kind_level_started_at UNIQUE (request_id, kind, level, started_at), 
	CONSTRAINT ck_commitment_clock_limit CHECK (limit_s > 0), 
	CONSTRAINT ck_commitment_clock_level CHECK (level BETWEEN 1 AND 3), 
	CONSTRAINT ck_commitment_clock_paused CHECK (paused_s >= 0), 
	CONSTRAINT fk_commitment_clock_request_id FOREIGN KEY(request_id) REFERENCES request (id) ON DELETE RESTRICT, 
	CONSTRAINT ck_commitment_clock_clockrowstate CHECK (state IN ('running', 'at_risk', 'paused', 'breached', 'met', 'met_late', 'waived')), 
	CONSTRAINT fk_commitment_clock_contract_version_id FOREIGN KEY(contract_version_id) REFERENCES contract_version (id) ON DELETE RESTRICT
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
	id BIGSERIAL NOT NULL, 
	engineer_id BIGINT NOT NULL, 
	kind VARCHAR(24) NOT NULL, 
	starts_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	ends_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	break_from_at TIMESTAMP WITH TIME ZONE, 
	break_latest_at TIMESTAMP WITH TIME ZONE, 
	break_minutes BIGINT NOT NULL, 
	max_overtime_minutes BIGINT NOT NULL, 
	version BIGINT NOT NULL, 
	CONSTRAINT pk_duty PRIMARY KEY (id), 
	CONSTRAINT uq_duty_engineer_id_starts_at UNIQUE (engineer_id, starts_at), 
	CONSTRAINT ck_duty_ends_after_it_starts CHECK (ends_at > starts_at), 
	CONSTRAINT ck_duty_overtime CHECK (max_overtime_minutes BETWEEN 0 AND 480), 
	CONSTRAINT ck_duty_break CHECK (break_minutes BETWEEN 0 AND 240), 
	CONSTRAINT fk_duty_engineer_id FOREIGN KEY(engineer_id) REFERENCES engineer (id) ON DELETE CASCADE, 
	CONSTRAINT ck_duty_dutykind CHECK (kind IN ('regular', 'on_call'))
)
--;;
CREATE INDEX ix_duty_engineer_id ON duty (engineer_id)
--;;
CREATE INDEX ix_duty_starts_at ON duty (starts_at)
--;;
CREATE TABLE engineer_skill (
	engineer_id BIGINT NOT NULL, 
	skill_code TEXT NOT NULL, 
	level BIGINT NOT NULL, 
	expires_on DATE, 
	CONSTRAINT pk_engineer_skill PRIMARY KEY (engineer_id, skill_code), 
	CONSTRAINT ck_engineer_skill_level CHECK (level BETWEEN 1 AND 3), 
	CONSTRAINT fk_engineer_skill_engineer_id FOREIGN KEY(engineer_id) REFERENCES engineer (id) ON DELETE CASCADE, 
	CONSTRAINT fk_engineer_skill_skill_code FOREIGN KEY(skill_code) REFERENCES skill (code) ON DELETE RESTRICT
)
--;;
CREATE TABLE plan_route (
	plan_id BIGINT NOT NULL, 
	engineer_id BIGINT NOT NULL, 
	state VARCHAR(24) NOT NULL, 
	stops BIGINT NOT NULL, 
	reasons TEXT NOT NULL, 
	CONSTRAINT pk_plan_route PRIMARY KEY (plan_id, engineer_id), 
	CONSTRAINT fk_plan_route_plan_id FOREIGN KEY(plan_id) REFERENCES plan (id) ON DELETE CASCADE, 
	CONSTRAINT fk_plan_route_engineer_id FOREIGN KEY(engineer_id) REFERENCES engineer (id) ON DELETE RESTRICT, 
	CONSTRAINT ck_plan_route_routestate CHECK (state IN ('proposed', 'applied', 'refused'))
)
--;;
CREATE TABLE visit (
	id BIGSERIAL NOT NULL, 
	visit_ref TEXT NOT NULL, 
	request_id BIGINT NOT NULL, 
	site_id BIGINT NOT NULL, 
	state VARCHAR(24) NOT NULL, 
	skill_code TEXT NOT NULL, 
	skill_level BIGINT NOT NULL, 
	duration_s BIGINT NOT NULL, 
	release_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	window_from_at TIMESTAMP WITH TIME ZONE, 
	window_to_at TIMESTAMP WITH TIME ZONE, 
	engineer_id BIGINT, 
	planned_start_at TIMESTAMP WITH TIME ZONE, 
	planned_end_at TIMESTAMP WITH TIME ZONE, 
	planned_travel_s BIGINT, 
	planned_via TEXT, 
	pinned BOOLEAN NOT NULL, 
	assigned_at TIMESTAMP WITH TIME ZONE, 
	told_at TIMESTAMP WITH TIME ZONE, 
	accepted_at TIMESTAMP WITH TIME ZONE, 
	set_off_at TIMESTAMP WITH TIME ZONE, 
	arrived_at TIMESTAMP WITH TIME ZONE, 
	arrival_received_at TIMESTAMP WITH TIME ZONE, 
	arrival_distance_m BIGINT, 
	arrival_flagged BOOLEAN NOT NULL, 
	customer_confirmed_at TIMESTAMP WITH TIME ZONE, 
	restored_at TIMESTAMP WITH TIME ZONE, 
	resolved_at TIMESTAMP WITH TIME ZONE, 
	signed_at TIMESTAMP WITH TIME ZONE, 
	cause TEXT NOT NULL, 
	action_taken TEXT NOT NULL, 
	notes TEXT NOT NULL, 
	signer_name TEXT NOT NULL, 
	signature TEXT NOT NULL, 
	report_sha256 TEXT NOT NULL, 
	decline_reason TEXT NOT NULL, 
	send_anyway_reason TEXT NOT NULL, 
	version BIGINT NOT NULL, 
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
	CONSTRAINT fk_visit_engineer_id FOREIGN KEY(engineer_id) REFERENCES engineer (id) ON DELETE RESTRICT
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
	id BIGSERIAL NOT NULL, 
	request_id BIGINT NOT NULL, 
	clock_id BIGINT, 
	seq BIGINT NOT NULL, 
	kind VARCHAR(24) NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	recorded_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	by TEXT NOT NULL, 
	data TEXT NOT NULL, 
	CONSTRAINT pk_clock_event PRIMARY KEY (id), 
	CONSTRAINT uq_clock_event_request_id_seq UNIQUE (request_id, seq), 
	CONSTRAINT fk_clock_event_request_id FOREIGN KEY(request_id) REFERENCES request (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_clock_event_clock_id FOREIGN KEY(clock_id) REFERENCES commitment_clock (id) ON DELETE RESTRICT, 
	CONSTRAINT ck_clock_event_clockeventkind CHECK (kind IN ('started', 'paused', 'resumed', 'limit_changed', 'appointment', 'stopped', 'stop_reversed', 'waived', 'level_changed'))
)
--;;
CREATE INDEX ix_clock_event_request_id ON clock_event (request_id)
--;;
CREATE OR REPLACE FUNCTION tr_clock_event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN RAISE EXCEPTION 'tr_clock_event_is_append_only'
    USING ERRCODE = '23514', CONSTRAINT = 'tr_clock_event_is_append_only'; END $body$
--;;
CREATE TRIGGER tr_clock_event_no_update BEFORE UPDATE ON clock_event FOR EACH ROW EXECUTE FUNCTION tr_clock_event_is_append_only()
--;;
CREATE TRIGGER tr_clock_event_no_delete BEFORE DELETE ON clock_event FOR EACH ROW EXECUTE FUNCTION tr_clock_event_is_append_only()
--;;
CREATE OR REPLACE FUNCTION tr_clock_event_pauses_apart() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF NEW.kind IN ('paused', 'resumed') AND NEW.kind = COALESCE(
        (SELECT kind FROM clock_event WHERE request_id = NEW.request_id AND kind IN ('paused', 'resumed')
         ORDER BY seq DESC LIMIT 1), 'resumed')
    THEN RAISE EXCEPTION 'tr_clock_event_pauses_apart'
        USING ERRCODE = '23514', CONSTRAINT = 'tr_clock_event_pauses_apart';
    END IF;
    RETURN NEW;
END $body$
--;;
CREATE TRIGGER tr_clock_event_pauses_apart BEFORE INSERT ON clock_event FOR EACH ROW EXECUTE FUNCTION tr_clock_event_pauses_apart()
--;;
CREATE TABLE clock_step (
	id BIGSERIAL NOT NULL, 
	clock_id BIGINT NOT NULL, 
	step BIGINT NOT NULL, 
	due_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	fired_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_clock_step PRIMARY KEY (id), 
	CONSTRAINT uq_clock_step_clock_id_step UNIQUE (clock_id, step), 
	CONSTRAINT fk_clock_step_clock_id FOREIGN KEY(clock_id) REFERENCES commitment_clock (id) ON DELETE RESTRICT
)
--;;
CREATE VIEW inspect_escalation AS
SELECT s.clock_id AS clock, s.step AS step, s.due_at AS due_at, s.fired_at AS fired_at FROM clock_step s
--;;
CREATE TABLE field_action (
	id BIGSERIAL NOT NULL, 
	action_id TEXT NOT NULL, 
	device TEXT NOT NULL, 
	seq BIGINT NOT NULL, 
	user_id BIGINT NOT NULL, 
	visit_id BIGINT NOT NULL, 
	kind TEXT NOT NULL, 
	body_hash TEXT NOT NULL, 
	state TEXT NOT NULL, 
	answer TEXT NOT NULL, 
	claimed_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	received_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	flagged BOOLEAN NOT NULL, 
	CONSTRAINT pk_field_action PRIMARY KEY (id), 
	CONSTRAINT uq_field_action_device_seq UNIQUE (device, seq), 
	CONSTRAINT uq_field_action_action_id UNIQUE (action_id), 
	CONSTRAINT fk_field_action_user_id FOREIGN KEY(user_id) REFERENCES user_account (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_field_action_visit_id FOREIGN KEY(visit_id) REFERENCES visit (id) ON DELETE RESTRICT
)
--;;
CREATE INDEX ix_field_action_visit_id ON field_action (visit_id)
--;;
CREATE VIEW inspect_action AS SELECT id, device, seq, user_id AS "user", state, claimed_at, received_at FROM field_action
--;;
CREATE TABLE visit_part (
	id BIGSERIAL NOT NULL, 
	visit_id BIGINT NOT NULL, 
	part_id BIGINT NOT NULL, 
	qty BIGINT NOT NULL, 
	CONSTRAINT pk_visit_part PRIMARY KEY (id), 
	CONSTRAINT uq_visit_part_visit_id_part_id UNIQUE (visit_id, part_id), 
	CONSTRAINT ck_visit_part_qty CHECK (qty > 0), 
	CONSTRAINT fk_visit_part_visit_id FOREIGN KEY(visit_id) REFERENCES visit (id) ON DELETE CASCADE, 
	CONSTRAINT fk_visit_part_part_id FOREIGN KEY(part_id) REFERENCES part (id) ON DELETE RESTRICT
)
--;;
CREATE INDEX ix_visit_part_visit_id ON visit_part (visit_id)
--;;
