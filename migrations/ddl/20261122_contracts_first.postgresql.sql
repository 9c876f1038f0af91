CREATE TABLE customer (
	id BIGSERIAL NOT NULL, 
	customer_no TEXT NOT NULL, 
	name TEXT NOT NULL, 
	initials TEXT NOT NULL, 
	phone TEXT NOT NULL, 
	note TEXT NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	version BIGINT NOT NULL, 
	CONSTRAINT pk_customer PRIMARY KEY (id), 
	CONSTRAINT ck_customer_name_is_written CHECK (length(trim(name)) > 0), 
	CONSTRAINT uq_customer_customer_no UNIQUE (customer_no), 
	CONSTRAINT uq_customer_name UNIQUE (name)
)
--;;
CREATE INDEX ix_customer_initials ON customer (initials)
--;;
CREATE TABLE service_policy (
	id BIGSERIAL NOT NULL, 
	code TEXT NOT NULL, 
	edition BIGINT NOT NULL, 
	name_zh TEXT NOT NULL, 
	name_en TEXT NOT NULL, 
	hours_code TEXT NOT NULL, 
	includes_labour BOOLEAN NOT NULL, 
	includes_travel BOOLEAN NOT NULL, 
	includes_parts BOOLEAN NOT NULL, 
	includes_loaner BOOLEAN NOT NULL, 
	inspections_a_year BIGINT NOT NULL, 
	upkeep_visits_a_year BIGINT NOT NULL, 
	follow_ups_a_month BIGINT NOT NULL, 
	yearly_rate_bp BIGINT NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_service_policy PRIMARY KEY (id), 
	CONSTRAINT uq_service_policy_code_edition UNIQUE (code, edition), 
	CONSTRAINT ck_service_policy_editions_count_from_one CHECK (edition >= 1), 
	CONSTRAINT ck_service_policy_yearly_rate_is_a_share CHECK (yearly_rate_bp BETWEEN 0 AND 10000)
)
--;;
CREATE FUNCTION tr_policy_edition_is_frozen_service_policy_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'tr_policy_edition_is_frozen' USING ERRCODE = '23514', CONSTRAINT = 'tr_policy_edition_is_frozen'; END IF; RETURN NEW; END $$
--;;
CREATE TRIGGER tr_policy_edition_is_frozen_service_policy_update BEFORE UPDATE ON service_policy FOR EACH ROW EXECUTE FUNCTION tr_policy_edition_is_frozen_service_policy_update()
--;;
CREATE FUNCTION tr_policy_edition_is_frozen_service_policy_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'tr_policy_edition_is_frozen' USING ERRCODE = '23514', CONSTRAINT = 'tr_policy_edition_is_frozen'; END IF; RETURN OLD; END $$
--;;
CREATE TRIGGER tr_policy_edition_is_frozen_service_policy_delete BEFORE DELETE ON service_policy FOR EACH ROW EXECUTE FUNCTION tr_policy_edition_is_frozen_service_policy_delete()
--;;
CREATE FUNCTION tr_policy_edition_is_frozen_service_policy_truncate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'tr_policy_edition_is_frozen' USING ERRCODE = '23514', CONSTRAINT = 'tr_policy_edition_is_frozen'; END $$
--;;
CREATE TRIGGER tr_policy_edition_is_frozen_service_policy_truncate BEFORE TRUNCATE ON service_policy FOR EACH STATEMENT EXECUTE FUNCTION tr_policy_edition_is_frozen_service_policy_truncate()
--;;
CREATE TABLE contract (
	id BIGSERIAL NOT NULL, 
	contract_no TEXT NOT NULL, 
	customer_id BIGINT NOT NULL, 
	kind VARCHAR(24) NOT NULL, 
	state VARCHAR(24) NOT NULL, 
	owner TEXT NOT NULL, 
	predecessor_id BIGINT, 
	paid_on DATE, 
	terminated_on DATE, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	version BIGINT NOT NULL, 
	CONSTRAINT pk_contract PRIMARY KEY (id), 
	CONSTRAINT ck_contract_does_not_renew_itself CHECK (predecessor_id <> id), 
	CONSTRAINT uq_contract_contract_no UNIQUE (contract_no), 
	CONSTRAINT fk_contract_customer_id FOREIGN KEY(customer_id) REFERENCES customer (id) ON DELETE RESTRICT, 
	CONSTRAINT ck_contract_contractkind CHECK (kind IN ('free_warranty', 'paid_maintenance', 'extended_warranty', 'time_and_materials')), 
	CONSTRAINT ck_contract_contractstate CHECK (state IN ('draft', 'quoted', 'signed', 'active', 'suspended', 'expired', 'renewed', 'terminated')), 
	CONSTRAINT uq_contract_predecessor_id UNIQUE (predecessor_id), 
	CONSTRAINT fk_contract_predecessor_id FOREIGN KEY(predecessor_id) REFERENCES contract (id) ON DELETE RESTRICT
)
--;;
CREATE INDEX ix_contract_customer_id ON contract (customer_id)
--;;
CREATE INDEX ix_contract_state ON contract (state)
--;;
CREATE FUNCTION tr_signed_terms_do_not_change_contract_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF (OLD.customer_id <> NEW.customer_id OR OLD.kind <> NEW.kind OR OLD.contract_no <> NEW.contract_no OR COALESCE(OLD.predecessor_id, 0) <> COALESCE(NEW.predecessor_id, 0)) AND EXISTS (SELECT 1 FROM contract_version v WHERE v.contract_id = OLD.id AND v.signed_at IS NOT NULL) THEN RAISE EXCEPTION 'tr_signed_terms_do_not_change' USING ERRCODE = '23514', CONSTRAINT = 'tr_signed_terms_do_not_change'; END IF; RETURN NEW; END $$
--;;
CREATE TRIGGER tr_signed_terms_do_not_change_contract_update BEFORE UPDATE ON contract FOR EACH ROW EXECUTE FUNCTION tr_signed_terms_do_not_change_contract_update()
--;;
CREATE FUNCTION tr_contract_is_terminated_once_contract_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.terminated_on IS NOT NULL AND (NEW.terminated_on IS NULL OR NEW.terminated_on <> OLD.terminated_on OR NEW.state <> OLD.state) THEN RAISE EXCEPTION 'tr_contract_is_terminated_once' USING ERRCODE = '23514', CONSTRAINT = 'tr_contract_is_terminated_once'; END IF; RETURN NEW; END $$
--;;
CREATE TRIGGER tr_contract_is_terminated_once_contract_update BEFORE UPDATE ON contract FOR EACH ROW EXECUTE FUNCTION tr_contract_is_terminated_once_contract_update()
--;;
CREATE TABLE policy_limit (
	id BIGSERIAL NOT NULL, 
	policy_id BIGINT NOT NULL, 
	request_type TEXT NOT NULL, 
	level BIGINT NOT NULL, 
	kind VARCHAR(24) NOT NULL, 
	limit_s BIGINT NOT NULL, 
	CONSTRAINT pk_policy_limit PRIMARY KEY (id), 
	CONSTRAINT uq_policy_limit_policy_id_request_type_level_kind UNIQUE (policy_id, request_type, level, kind), 
	CONSTRAINT ck_policy_limit_limit_is_positive CHECK (limit_s > 0), 
	CONSTRAINT ck_policy_limit_level_exists CHECK (level BETWEEN 0 AND 3), 
	CONSTRAINT fk_policy_limit_policy_id FOREIGN KEY(policy_id) REFERENCES service_policy (id) ON DELETE RESTRICT, 
	CONSTRAINT ck_policy_limit_clockkind CHECK (kind IN ('response', 'remote_start', 'arrival', 'restore', 'resolve'))
)
--;;
CREATE FUNCTION tr_policy_edition_is_frozen_policy_limit_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'tr_policy_edition_is_frozen' USING ERRCODE = '23514', CONSTRAINT = 'tr_policy_edition_is_frozen'; END IF; RETURN NEW; END $$
--;;
CREATE TRIGGER tr_policy_edition_is_frozen_policy_limit_update BEFORE UPDATE ON policy_limit FOR EACH ROW EXECUTE FUNCTION tr_policy_edition_is_frozen_policy_limit_update()
--;;
CREATE FUNCTION tr_policy_edition_is_frozen_policy_limit_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'tr_policy_edition_is_frozen' USING ERRCODE = '23514', CONSTRAINT = 'tr_policy_edition_is_frozen'; END IF; RETURN OLD; END $$
--;;
CREATE TRIGGER tr_policy_edition_is_frozen_policy_limit_delete BEFORE DELETE ON policy_limit FOR EACH ROW EXECUTE FUNCTION tr_policy_edition_is_frozen_policy_limit_delete()
--;;
CREATE FUNCTION tr_policy_edition_is_frozen_policy_limit_truncate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'tr_policy_edition_is_frozen' USING ERRCODE = '23514', CONSTRAINT = 'tr_policy_edition_is_frozen'; END $$
--;;
CREATE TRIGGER tr_policy_edition_is_frozen_policy_limit_truncate BEFORE TRUNCATE ON policy_limit FOR EACH STATEMENT EXECUTE FUNCTION tr_policy_edition_is_frozen_policy_limit_truncate()
--;;
CREATE TABLE policy_pause (
	id BIGSERIAL NOT NULL, 
	policy_id BIGINT NOT NULL, 
	kind VARCHAR(24) NOT NULL, 
	reason VARCHAR(24) NOT NULL, 
	CONSTRAINT pk_policy_pause PRIMARY KEY (id), 
	CONSTRAINT uq_policy_pause_policy_id_kind_reason UNIQUE (policy_id, kind, reason), 
	CONSTRAINT fk_policy_pause_policy_id FOREIGN KEY(policy_id) REFERENCES service_policy (id) ON DELETE RESTRICT, 
	CONSTRAINT ck_policy_pause_clockkind CHECK (kind IN ('response', 'remote_start', 'arrival', 'restore', 'resolve')), 
	CONSTRAINT ck_policy_pause_pausereason CHECK (reason IN ('customer_not_ready', 'no_access', 'customer_testing', 'third_party', 'force_majeure', 'loaner_in_place', 'our_part'))
)
--;;
CREATE FUNCTION tr_policy_edition_is_frozen_policy_pause_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'tr_policy_edition_is_frozen' USING ERRCODE = '23514', CONSTRAINT = 'tr_policy_edition_is_frozen'; END IF; RETURN NEW; END $$
--;;
CREATE TRIGGER tr_policy_edition_is_frozen_policy_pause_update BEFORE UPDATE ON policy_pause FOR EACH ROW EXECUTE FUNCTION tr_policy_edition_is_frozen_policy_pause_update()
--;;
CREATE FUNCTION tr_policy_edition_is_frozen_policy_pause_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'tr_policy_edition_is_frozen' USING ERRCODE = '23514', CONSTRAINT = 'tr_policy_edition_is_frozen'; END IF; RETURN OLD; END $$
--;;
CREATE TRIGGER tr_policy_edition_is_frozen_policy_pause_delete BEFORE DELETE ON policy_pause FOR EACH ROW EXECUTE FUNCTION tr_policy_edition_is_frozen_policy_pause_delete()
--;;
CREATE FUNCTION tr_policy_edition_is_frozen_policy_pause_truncate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'tr_policy_edition_is_frozen' USING ERRCODE = '23514', CONSTRAINT = 'tr_policy_edition_is_frozen'; END $$
--;;
CREATE TRIGGER tr_policy_edition_is_frozen_policy_pause_truncate BEFORE TRUNCATE ON policy_pause FOR EACH STATEMENT EXECUTE FUNCTION tr_policy_edition_is_frozen_policy_pause_truncate()
--;;
CREATE TABLE site (
	id BIGSERIAL NOT NULL, 
	site_no TEXT NOT NULL, 
	customer_id BIGINT NOT NULL, 
	name TEXT NOT NULL, 
	initials TEXT NOT NULL, 
	address TEXT NOT NULL, 
	lat_e6 BIGINT NOT NULL, 
	lon_e6 BIGINT NOT NULL, 
	zone TEXT NOT NULL, 
	territory TEXT NOT NULL, 
	access_hours TEXT NOT NULL, 
	access_note TEXT NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	version BIGINT NOT NULL, 
	CONSTRAINT pk_site PRIMARY KEY (id), 
	CONSTRAINT uq_site_id_customer_id UNIQUE (id, customer_id), 
	CONSTRAINT uq_site_customer_id_name UNIQUE (customer_id, name), 
	CONSTRAINT ck_site_lat_exists CHECK (lat_e6 BETWEEN -90000000 AND 90000000), 
	CONSTRAINT ck_site_lon_exists CHECK (lon_e6 BETWEEN -180000000 AND 180000000), 
	CONSTRAINT uq_site_site_no UNIQUE (site_no), 
	CONSTRAINT fk_site_customer_id FOREIGN KEY(customer_id) REFERENCES customer (id) ON DELETE RESTRICT
)
--;;
CREATE INDEX ix_site_initials ON site (initials)
--;;
CREATE INDEX ix_site_territory ON site (territory)
--;;
CREATE TABLE asset (
	id BIGSERIAL NOT NULL, 
	asset_no TEXT NOT NULL, 
	customer_id BIGINT NOT NULL, 
	site_id BIGINT NOT NULL, 
	parent_id BIGINT, 
	name TEXT NOT NULL, 
	initials TEXT NOT NULL, 
	model TEXT NOT NULL, 
	serial_no TEXT NOT NULL, 
	sale_value_fen BIGINT NOT NULL, 
	installed_on DATE, 
	accepted_on DATE, 
	criticality VARCHAR(24) NOT NULL, 
	software TEXT NOT NULL, 
	firmware TEXT NOT NULL, 
	retired_on DATE, 
	retired_why TEXT NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	version BIGINT NOT NULL, 
	CONSTRAINT pk_asset PRIMARY KEY (id), 
	CONSTRAINT fk_asset_site_of_same_customer FOREIGN KEY(site_id, customer_id) REFERENCES site (id, customer_id) ON DELETE RESTRICT, 
	CONSTRAINT ck_asset_sale_value_is_not_negative CHECK (sale_value_fen >= 0), 
	CONSTRAINT ck_asset_is_not_its_own_parent CHECK (parent_id IS NULL OR parent_id <> id), 
	CONSTRAINT ck_asset_accepted_after_installed CHECK (accepted_on >= installed_on), 
	CONSTRAINT ck_asset_retired_with_a_reason CHECK ((retired_on IS NULL) = (retired_why = '')), 
	CONSTRAINT uq_asset_asset_no UNIQUE (asset_no), 
	CONSTRAINT fk_asset_customer_id FOREIGN KEY(customer_id) REFERENCES customer (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_asset_parent_id FOREIGN KEY(parent_id) REFERENCES asset (id) ON DELETE RESTRICT, 
	CONSTRAINT ck_asset_criticality CHECK (criticality IN ('high', 'normal', 'low'))
)
--;;
CREATE INDEX ix_asset_customer_id ON asset (customer_id)
--;;
CREATE INDEX ix_asset_initials ON asset (initials)
--;;
CREATE INDEX ix_asset_serial_no ON asset (serial_no)
--;;
CREATE INDEX ix_asset_site_id ON asset (site_id)
--;;
CREATE UNIQUE INDEX uq_asset_model_serial_no ON asset (model, serial_no) WHERE serial_no <> ''
--;;
CREATE TABLE contact (
	id BIGSERIAL NOT NULL, 
	customer_id BIGINT NOT NULL, 
	site_id BIGINT, 
	name TEXT NOT NULL, 
	initials TEXT NOT NULL, 
	title TEXT NOT NULL, 
	mobile TEXT NOT NULL, 
	email TEXT NOT NULL, 
	is_main BOOLEAN NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	version BIGINT NOT NULL, 
	CONSTRAINT pk_contact PRIMARY KEY (id), 
	CONSTRAINT fk_contact_site_of_same_customer FOREIGN KEY(site_id, customer_id) REFERENCES site (id, customer_id) ON DELETE RESTRICT, 
	CONSTRAINT fk_contact_customer_id FOREIGN KEY(customer_id) REFERENCES customer (id) ON DELETE RESTRICT
)
--;;
CREATE INDEX ix_contact_customer_id ON contact (customer_id)
--;;
CREATE INDEX ix_contact_mobile ON contact (mobile)
--;;
CREATE TABLE contract_suspension (
	id BIGSERIAL NOT NULL, 
	contract_id BIGINT NOT NULL, 
	began_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	ended_at TIMESTAMP WITH TIME ZONE, 
	why TEXT NOT NULL, 
	CONSTRAINT pk_contract_suspension PRIMARY KEY (id), 
	CONSTRAINT ck_contract_suspension_instants_in_order CHECK (ended_at IS NULL OR ended_at >= began_at), 
	CONSTRAINT fk_contract_suspension_contract_id FOREIGN KEY(contract_id) REFERENCES contract (id) ON DELETE RESTRICT
)
--;;
CREATE INDEX ix_contract_suspension_contract_id ON contract_suspension (contract_id)
--;;
CREATE UNIQUE INDEX uq_contract_suspension_one_open ON contract_suspension (contract_id) WHERE ended_at IS NULL
--;;
CREATE TABLE contract_version (
	id BIGSERIAL NOT NULL, 
	contract_id BIGINT NOT NULL, 
	number BIGINT NOT NULL, 
	starts_on DATE NOT NULL, 
	ends_on DATE NOT NULL, 
	fee_kind VARCHAR(24) NOT NULL, 
	fee_fen BIGINT NOT NULL, 
	fee_rate_bp BIGINT NOT NULL, 
	prepaid_days BIGINT NOT NULL, 
	total_fen BIGINT NOT NULL, 
	vat_bp BIGINT NOT NULL, 
	starts_when_paid BOOLEAN NOT NULL, 
	zone TEXT NOT NULL, 
	service_area TEXT NOT NULL, 
	payment_terms TEXT NOT NULL, 
	note TEXT NOT NULL, 
	priority BIGINT NOT NULL, 
	label_1 TEXT NOT NULL, 
	label_2 TEXT NOT NULL, 
	label_3 TEXT NOT NULL, 
	penalty_cap_fen BIGINT, 
	penalty_cap_period VARCHAR(24) NOT NULL, 
	signed_on DATE, 
	signed_by TEXT NOT NULL, 
	signed_file_sha256 TEXT NOT NULL, 
	signed_at TIMESTAMP WITH TIME ZONE, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_contract_version PRIMARY KEY (id), 
	CONSTRAINT uq_contract_version_contract_id_number UNIQUE (contract_id, number), 
	CONSTRAINT ck_contract_version_period_in_order CHECK (ends_on >= starts_on), 
	CONSTRAINT ck_contract_version_numbers_count_from_one CHECK (number >= 1), 
	CONSTRAINT ck_contract_version_fee_is_not_negative CHECK (fee_fen >= 0 AND prepaid_days >= 0), 
	CONSTRAINT ck_contract_version_fee_rate_is_a_share CHECK (fee_rate_bp BETWEEN 0 AND 10000), 
	CONSTRAINT ck_contract_version_vat_is_a_share CHECK (vat_bp BETWEEN 0 AND 10000), 
	CONSTRAINT ck_contract_version_cap_is_not_negative CHECK (penalty_cap_fen >= 0), 
	CONSTRAINT ck_contract_version_signed_on_a_day CHECK ((signed_at IS NULL) = (signed_on IS NULL)), 
	CONSTRAINT fk_contract_version_contract_id FOREIGN KEY(contract_id) REFERENCES contract (id) ON DELETE RESTRICT, 
	CONSTRAINT ck_contract_version_feekind CHECK (fee_kind IN ('fixed', 'percent_of_value', 'per_asset', 'prepaid_days')), 
	CONSTRAINT ck_contract_version_capperiod CHECK (penalty_cap_period IN ('quarter', 'year', 'contract'))
)
--;;
CREATE UNIQUE INDEX uq_contract_version_one_unsigned ON contract_version (contract_id) WHERE signed_at IS NULL
--;;
CREATE FUNCTION tr_signed_terms_do_not_change_contract_version_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.signed_at IS NOT NULL THEN RAISE EXCEPTION 'tr_signed_terms_do_not_change' USING ERRCODE = '23514', CONSTRAINT = 'tr_signed_terms_do_not_change'; END IF; RETURN NEW; END $$
--;;
CREATE TRIGGER tr_signed_terms_do_not_change_contract_version_update BEFORE UPDATE ON contract_version FOR EACH ROW EXECUTE FUNCTION tr_signed_terms_do_not_change_contract_version_update()
--;;
CREATE FUNCTION tr_signed_terms_do_not_change_contract_version_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.signed_at IS NOT NULL THEN RAISE EXCEPTION 'tr_signed_terms_do_not_change' USING ERRCODE = '23514', CONSTRAINT = 'tr_signed_terms_do_not_change'; END IF; RETURN OLD; END $$
--;;
CREATE TRIGGER tr_signed_terms_do_not_change_contract_version_delete BEFORE DELETE ON contract_version FOR EACH ROW EXECUTE FUNCTION tr_signed_terms_do_not_change_contract_version_delete()
--;;
CREATE FUNCTION tr_signed_terms_do_not_change_contract_version_truncate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'tr_signed_terms_do_not_change' USING ERRCODE = '23514', CONSTRAINT = 'tr_signed_terms_do_not_change'; END $$
--;;
CREATE TRIGGER tr_signed_terms_do_not_change_contract_version_truncate BEFORE TRUNCATE ON contract_version FOR EACH STATEMENT EXECUTE FUNCTION tr_signed_terms_do_not_change_contract_version_truncate()
--;;
CREATE TABLE commitment_fact (
	id BIGSERIAL NOT NULL, 
	clock_ref TEXT NOT NULL, 
	request_ref TEXT NOT NULL, 
	version_id BIGINT, 
	clock_kind VARCHAR(24) NOT NULL, 
	due_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	met_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	late_s BIGINT NOT NULL, 
	recorded_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_commitment_fact PRIMARY KEY (id), 
	CONSTRAINT ck_commitment_fact_late_is_not_negative CHECK (late_s >= 0), 
	CONSTRAINT uq_commitment_fact_clock_ref UNIQUE (clock_ref), 
	CONSTRAINT fk_commitment_fact_version_id FOREIGN KEY(version_id) REFERENCES contract_version (id) ON DELETE RESTRICT, 
	CONSTRAINT ck_commitment_fact_clockkind CHECK (clock_kind IN ('response', 'remote_start', 'arrival', 'restore', 'resolve'))
)
--;;
CREATE INDEX ix_commitment_fact_request_ref ON commitment_fact (request_ref)
--;;
CREATE INDEX ix_commitment_fact_version_id ON commitment_fact (version_id)
--;;
CREATE FUNCTION tr_fact_is_append_only_commitment_fact_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'tr_fact_is_append_only' USING ERRCODE = '23514', CONSTRAINT = 'tr_fact_is_append_only'; END IF; RETURN NEW; END $$
--;;
CREATE TRIGGER tr_fact_is_append_only_commitment_fact_update BEFORE UPDATE ON commitment_fact FOR EACH ROW EXECUTE FUNCTION tr_fact_is_append_only_commitment_fact_update()
--;;
CREATE FUNCTION tr_fact_is_append_only_commitment_fact_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'tr_fact_is_append_only' USING ERRCODE = '23514', CONSTRAINT = 'tr_fact_is_append_only'; END IF; RETURN OLD; END $$
--;;
CREATE TRIGGER tr_fact_is_append_only_commitment_fact_delete BEFORE DELETE ON commitment_fact FOR EACH ROW EXECUTE FUNCTION tr_fact_is_append_only_commitment_fact_delete()
--;;
CREATE FUNCTION tr_fact_is_append_only_commitment_fact_truncate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'tr_fact_is_append_only' USING ERRCODE = '23514', CONSTRAINT = 'tr_fact_is_append_only'; END $$
--;;
CREATE TRIGGER tr_fact_is_append_only_commitment_fact_truncate BEFORE TRUNCATE ON commitment_fact FOR EACH STATEMENT EXECUTE FUNCTION tr_fact_is_append_only_commitment_fact_truncate()
--;;
CREATE TABLE contract_in_force (
	version_id BIGINT NOT NULL, 
	contract_id BIGINT NOT NULL, 
	from_on DATE NOT NULL, 
	to_on DATE NOT NULL, 
	CONSTRAINT pk_contract_in_force PRIMARY KEY (version_id), 
	CONSTRAINT ck_contract_in_force_days_in_order CHECK (to_on >= from_on), 
	CONSTRAINT fk_contract_in_force_version_id FOREIGN KEY(version_id) REFERENCES contract_version (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_contract_in_force_contract_id FOREIGN KEY(contract_id) REFERENCES contract (id) ON DELETE RESTRICT
)
--;;
CREATE INDEX ix_contract_in_force_contract_id ON contract_in_force (contract_id)
--;;
CREATE FUNCTION tr_days_in_force_stay_contract_in_force_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.version_id <> OLD.version_id OR NEW.contract_id <> OLD.contract_id OR NEW.from_on <> OLD.from_on OR NEW.to_on > OLD.to_on OR (NEW.to_on < OLD.to_on AND NOT EXISTS (SELECT 1 FROM contract_version n JOIN contract_version o ON o.id = OLD.version_id WHERE n.contract_id = OLD.contract_id AND n.number > o.number AND n.starts_on >= n.signed_on AND n.starts_on = (NEW.to_on + 1)) AND NOT EXISTS (SELECT 1 FROM contract c WHERE c.id = OLD.contract_id AND c.terminated_on <= (NEW.to_on + 1))) THEN RAISE EXCEPTION 'tr_days_in_force_stay' USING ERRCODE = '23514', CONSTRAINT = 'tr_days_in_force_stay'; END IF; RETURN NEW; END $$
--;;
CREATE TRIGGER tr_days_in_force_stay_contract_in_force_update BEFORE UPDATE ON contract_in_force FOR EACH ROW EXECUTE FUNCTION tr_days_in_force_stay_contract_in_force_update()
--;;
CREATE FUNCTION tr_days_in_force_stay_contract_in_force_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NOT EXISTS (SELECT 1 FROM contract_version n JOIN contract_version o ON o.id = OLD.version_id WHERE n.contract_id = OLD.contract_id AND n.number > o.number AND n.starts_on >= n.signed_on AND n.starts_on <= OLD.from_on) AND NOT EXISTS (SELECT 1 FROM contract c WHERE c.id = OLD.contract_id AND c.terminated_on <= OLD.from_on) THEN RAISE EXCEPTION 'tr_days_in_force_stay' USING ERRCODE = '23514', CONSTRAINT = 'tr_days_in_force_stay'; END IF; RETURN OLD; END $$
--;;
CREATE TRIGGER tr_days_in_force_stay_contract_in_force_delete BEFORE DELETE ON contract_in_force FOR EACH ROW EXECUTE FUNCTION tr_days_in_force_stay_contract_in_force_delete()
--;;
CREATE FUNCTION tr_days_in_force_stay_contract_in_force_truncate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'tr_days_in_force_stay' USING ERRCODE = '23514', CONSTRAINT = 'tr_days_in_force_stay'; END $$
--;;
CREATE TRIGGER tr_days_in_force_stay_contract_in_force_truncate BEFORE TRUNCATE ON contract_in_force FOR EACH STATEMENT EXECUTE FUNCTION tr_days_in_force_stay_contract_in_force_truncate()
--;;
ALTER TABLE contract_in_force ADD CONSTRAINT ex_contract_in_force_one_version_a_day EXCLUDE USING gist (int8range(contract_id, contract_id, '[]') WITH &&, daterange(from_on, to_on, '[]') WITH &&)
--;;
CREATE TABLE contract_line (
	id BIGSERIAL NOT NULL, 
	version_id BIGINT NOT NULL, 
	scope VARCHAR(24) NOT NULL, 
	asset_id BIGINT, 
	site_id BIGINT, 
	policy_id BIGINT NOT NULL, 
	price_fen BIGINT NOT NULL, 
	backdated_from_on DATE, 
	backdated_price_fen BIGINT NOT NULL, 
	backdated_by TEXT NOT NULL, 
	CONSTRAINT pk_contract_line PRIMARY KEY (id), 
	CONSTRAINT ck_contract_line_asset_when_it_covers_one CHECK ((scope = 'asset') = (asset_id IS NOT NULL)), 
	CONSTRAINT ck_contract_line_site_when_it_covers_one CHECK ((scope = 'site') = (site_id IS NOT NULL)), 
	CONSTRAINT ck_contract_line_price_is_not_negative CHECK (price_fen >= 0 AND backdated_price_fen >= 0), 
	CONSTRAINT ck_contract_line_backdated_by_somebody CHECK (backdated_from_on IS NULL OR backdated_by <> ''), 
	CONSTRAINT fk_contract_line_version_id FOREIGN KEY(version_id) REFERENCES contract_version (id) ON DELETE RESTRICT, 
	CONSTRAINT ck_contract_line_linescope CHECK (scope IN ('asset', 'site', 'customer')), 
	CONSTRAINT fk_contract_line_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_contract_line_site_id FOREIGN KEY(site_id) REFERENCES site (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_contract_line_policy_id FOREIGN KEY(policy_id) REFERENCES service_policy (id) ON DELETE RESTRICT
)
--;;
CREATE INDEX ix_contract_line_asset_id ON contract_line (asset_id)
--;;
CREATE INDEX ix_contract_line_site_id ON contract_line (site_id)
--;;
CREATE INDEX ix_contract_line_version_id ON contract_line (version_id)
--;;
CREATE FUNCTION tr_signed_terms_do_not_change_contract_line_insert() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF EXISTS (SELECT 1 FROM contract_version v WHERE v.id = NEW.version_id AND v.signed_at IS NOT NULL) THEN RAISE EXCEPTION 'tr_signed_terms_do_not_change' USING ERRCODE = '23514', CONSTRAINT = 'tr_signed_terms_do_not_change'; END IF; RETURN NEW; END $$
--;;
CREATE TRIGGER tr_signed_terms_do_not_change_contract_line_insert BEFORE INSERT ON contract_line FOR EACH ROW EXECUTE FUNCTION tr_signed_terms_do_not_change_contract_line_insert()
--;;
CREATE FUNCTION tr_signed_terms_do_not_change_contract_line_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF EXISTS (SELECT 1 FROM contract_version v WHERE v.id = OLD.version_id AND v.signed_at IS NOT NULL) OR EXISTS (SELECT 1 FROM contract_version v WHERE v.id = NEW.version_id AND v.signed_at IS NOT NULL) THEN RAISE EXCEPTION 'tr_signed_terms_do_not_change' USING ERRCODE = '23514', CONSTRAINT = 'tr_signed_terms_do_not_change'; END IF; RETURN NEW; END $$
--;;
CREATE TRIGGER tr_signed_terms_do_not_change_contract_line_update BEFORE UPDATE ON contract_line FOR EACH ROW EXECUTE FUNCTION tr_signed_terms_do_not_change_contract_line_update()
--;;
CREATE FUNCTION tr_signed_terms_do_not_change_contract_line_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF EXISTS (SELECT 1 FROM contract_version v WHERE v.id = OLD.version_id AND v.signed_at IS NOT NULL) THEN RAISE EXCEPTION 'tr_signed_terms_do_not_change' USING ERRCODE = '23514', CONSTRAINT = 'tr_signed_terms_do_not_change'; END IF; RETURN OLD; END $$
--;;
CREATE TRIGGER tr_signed_terms_do_not_change_contract_line_delete BEFORE DELETE ON contract_line FOR EACH ROW EXECUTE FUNCTION tr_signed_terms_do_not_change_contract_line_delete()
--;;
CREATE FUNCTION tr_signed_terms_do_not_change_contract_line_truncate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'tr_signed_terms_do_not_change' USING ERRCODE = '23514', CONSTRAINT = 'tr_signed_terms_do_not_change'; END $$
--;;
CREATE TRIGGER tr_signed_terms_do_not_change_contract_line_truncate BEFORE TRUNCATE ON contract_line FOR EACH STATEMENT EXECUTE FUNCTION tr_signed_terms_do_not_change_contract_line_truncate()
--;;
CREATE TABLE penalty_clause (
	id BIGSERIAL NOT NULL, 
	version_id BIGINT NOT NULL, 
	clock_kind VARCHAR(24) NOT NULL, 
	unit VARCHAR(24) NOT NULL, 
	fixed_fen BIGINT NOT NULL, 
	per_unit_fen BIGINT NOT NULL, 
	percent_bp BIGINT NOT NULL, 
	grace_s BIGINT NOT NULL, 
	CONSTRAINT pk_penalty_clause PRIMARY KEY (id), 
	CONSTRAINT uq_penalty_clause_version_id_clock_kind UNIQUE (version_id, clock_kind), 
	CONSTRAINT ck_penalty_clause_figures_are_not_negative CHECK (fixed_fen >= 0 AND per_unit_fen >= 0 AND grace_s >= 0), 
	CONSTRAINT ck_penalty_clause_percent_is_a_share CHECK (percent_bp BETWEEN 0 AND 10000), 
	CONSTRAINT fk_penalty_clause_version_id FOREIGN KEY(version_id) REFERENCES contract_version (id) ON DELETE RESTRICT, 
	CONSTRAINT ck_penalty_clause_clockkind CHECK (clock_kind IN ('response', 'remote_start', 'arrival', 'restore', 'resolve')), 
	CONSTRAINT ck_penalty_clause_penaltyunit CHECK (unit IN ('started_hour', 'full_hour', 'once', 'percent_of_fee'))
)
--;;
CREATE FUNCTION tr_signed_terms_do_not_change_penalty_clause_insert() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF EXISTS (SELECT 1 FROM contract_version v WHERE v.id = NEW.version_id AND v.signed_at IS NOT NULL) THEN RAISE EXCEPTION 'tr_signed_terms_do_not_change' USING ERRCODE = '23514', CONSTRAINT = 'tr_signed_terms_do_not_change'; END IF; RETURN NEW; END $$
--;;
CREATE TRIGGER tr_signed_terms_do_not_change_penalty_clause_insert BEFORE INSERT ON penalty_clause FOR EACH ROW EXECUTE FUNCTION tr_signed_terms_do_not_change_penalty_clause_insert()
--;;
CREATE FUNCTION tr_signed_terms_do_not_change_penalty_clause_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF EXISTS (SELECT 1 FROM contract_version v WHERE v.id = OLD.version_id AND v.signed_at IS NOT NULL) OR EXISTS (SELECT 1 FROM contract_version v WHERE v.id = NEW.version_id AND v.signed_at IS NOT NULL) THEN RAISE EXCEPTION 'tr_signed_terms_do_not_change' USING ERRCODE = '23514', CONSTRAINT = 'tr_signed_terms_do_not_change'; END IF; RETURN NEW; END $$
--;;
CREATE TRIGGER tr_signed_terms_do_not_change_penalty_clause_update BEFORE UPDATE ON penalty_clause FOR EACH ROW EXECUTE FUNCTION tr_signed_terms_do_not_change_penalty_clause_update()
--;;
CREATE FUNCTION tr_signed_terms_do_not_change_penalty_clause_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF EXISTS (SELECT 1 FROM contract_version v WHERE v.id = OLD.version_id AND v.signed_at IS NOT NULL) THEN RAISE EXCEPTION 'tr_signed_terms_do_not_change' USING ERRCODE = '23514', CONSTRAINT = 'tr_signed_terms_do_not_change'; END IF; RETURN OLD; END $$
--;;
CREATE TRIGGER tr_signed_terms_do_not_change_penalty_clause_delete BEFORE DELETE ON penalty_clause FOR EACH ROW EXECUTE FUNCTION tr_signed_terms_do_not_change_penalty_clause_delete()
--;;
CREATE FUNCTION tr_signed_terms_do_not_change_penalty_clause_truncate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'tr_signed_terms_do_not_change' USING ERRCODE = '23514', CONSTRAINT = 'tr_signed_terms_do_not_change'; END $$
--;;
CREATE TRIGGER tr_signed_terms_do_not_change_penalty_clause_truncate BEFORE TRUNCATE ON penalty_clause FOR EACH STATEMENT EXECUTE FUNCTION tr_signed_terms_do_not_change_penalty_clause_truncate()
--;;
CREATE TABLE warranty (
	id BIGSERIAL NOT NULL, 
	asset_id BIGINT NOT NULL, 
	party VARCHAR(24) NOT NULL, 
	component VARCHAR(24) NOT NULL, 
	start_event VARCHAR(24) NOT NULL, 
	first_on DATE NOT NULL, 
	last_on DATE NOT NULL, 
	months BIGINT NOT NULL, 
	extra_months BIGINT NOT NULL, 
	days BIGINT NOT NULL, 
	includes_labour BOOLEAN NOT NULL, 
	includes_travel BOOLEAN NOT NULL, 
	includes_parts BOOLEAN NOT NULL, 
	policy_id BIGINT, 
	priority BIGINT NOT NULL, 
	note TEXT NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_warranty PRIMARY KEY (id), 
	CONSTRAINT ck_warranty_days_in_order CHECK (last_on >= first_on), 
	CONSTRAINT ck_warranty_length_is_not_negative CHECK (months >= 0 AND extra_months >= 0 AND days >= 0), 
	CONSTRAINT fk_warranty_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE RESTRICT, 
	CONSTRAINT ck_warranty_party CHECK (party IN ('ours', 'manufacturer')), 
	CONSTRAINT ck_warranty_component CHECK (component IN ('whole', 'hardware', 'software', 'part')), 
	CONSTRAINT ck_warranty_startevent CHECK (start_event IN ('acceptance', 'installation', 'sale', 'replacement')), 
	CONSTRAINT fk_warranty_policy_id FOREIGN KEY(policy_id) REFERENCES service_policy (id) ON DELETE RESTRICT
)
--;;
CREATE INDEX ix_warranty_asset_id ON warranty (asset_id)
--;;
CREATE FUNCTION tr_warranty_is_append_only_warranty_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'tr_warranty_is_append_only' USING ERRCODE = '23514', CONSTRAINT = 'tr_warranty_is_append_only'; END IF; RETURN NEW; END $$
--;;
CREATE TRIGGER tr_warranty_is_append_only_warranty_update BEFORE UPDATE ON warranty FOR EACH ROW EXECUTE FUNCTION tr_warranty_is_append_only_warranty_update()
--;;
CREATE FUNCTION tr_warranty_is_append_only_warranty_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'tr_warranty_is_append_only' USING ERRCODE = '23514', CONSTRAINT = 'tr_warranty_is_append_only'; END IF; RETURN OLD; END $$
--;;
CREATE TRIGGER tr_warranty_is_append_only_warranty_delete BEFORE DELETE ON warranty FOR EACH ROW EXECUTE FUNCTION tr_warranty_is_append_only_warranty_delete()
--;;
CREATE FUNCTION tr_warranty_is_append_only_warranty_truncate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'tr_warranty_is_append_only' USING ERRCODE = '23514', CONSTRAINT = 'tr_warranty_is_append_only'; END $$
--;;
CREATE TRIGGER tr_warranty_is_append_only_warranty_truncate BEFORE TRUNCATE ON warranty FOR EACH STATEMENT EXECUTE FUNCTION tr_warranty_is_append_only_warranty_truncate()
--;;
CREATE TABLE penalty (
	id BIGSERIAL NOT NULL, 
	clock_ref TEXT NOT NULL, 
	contract_id BIGINT NOT NULL, 
	version_id BIGINT NOT NULL, 
	period_key TEXT NOT NULL, 
	late_s BIGINT NOT NULL, 
	uncapped_fen BIGINT NOT NULL, 
	already_fen BIGINT NOT NULL, 
	booked_fen BIGINT NOT NULL, 
	clause TEXT NOT NULL, 
	rule_version BIGINT NOT NULL, 
	booked_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_penalty PRIMARY KEY (id), 
	CONSTRAINT ck_penalty_booked_within_the_clause CHECK (booked_fen >= 0 AND booked_fen <= uncapped_fen), 
	CONSTRAINT ck_penalty_already_is_not_negative CHECK (already_fen >= 0), 
	CONSTRAINT uq_penalty_clock_ref UNIQUE (clock_ref), 
	CONSTRAINT fk_penalty_clock_ref FOREIGN KEY(clock_ref) REFERENCES commitment_fact (clock_ref) ON DELETE RESTRICT, 
	CONSTRAINT fk_penalty_contract_id FOREIGN KEY(contract_id) REFERENCES contract (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_penalty_version_id FOREIGN KEY(version_id) REFERENCES contract_version (id) ON DELETE RESTRICT
)
--;;
CREATE INDEX ix_penalty_contract_id_period_key ON penalty (contract_id, period_key)
--;;
CREATE FUNCTION tr_penalty_is_append_only_penalty_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'tr_penalty_is_append_only' USING ERRCODE = '23514', CONSTRAINT = 'tr_penalty_is_append_only'; END IF; RETURN NEW; END $$
--;;
CREATE TRIGGER tr_penalty_is_append_only_penalty_update BEFORE UPDATE ON penalty FOR EACH ROW EXECUTE FUNCTION tr_penalty_is_append_only_penalty_update()
--;;
CREATE FUNCTION tr_penalty_is_append_only_penalty_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'tr_penalty_is_append_only' USING ERRCODE = '23514', CONSTRAINT = 'tr_penalty_is_append_only'; END IF; RETURN OLD; END $$
--;;
CREATE TRIGGER tr_penalty_is_append_only_penalty_delete BEFORE DELETE ON penalty FOR EACH ROW EXECUTE FUNCTION tr_penalty_is_append_only_penalty_delete()
--;;
CREATE FUNCTION tr_penalty_is_append_only_penalty_truncate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'tr_penalty_is_append_only' USING ERRCODE = '23514', CONSTRAINT = 'tr_penalty_is_append_only'; END $$
--;;
CREATE TRIGGER tr_penalty_is_append_only_penalty_truncate BEFORE TRUNCATE ON penalty FOR EACH STATEMENT EXECUTE FUNCTION tr_penalty_is_append_only_penalty_truncate()
--;;
CREATE TABLE warranty_void (
	warranty_id BIGINT NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	why TEXT NOT NULL, 
	CONSTRAINT pk_warranty_void PRIMARY KEY (warranty_id), 
	CONSTRAINT fk_warranty_void_warranty_id FOREIGN KEY(warranty_id) REFERENCES warranty (id) ON DELETE RESTRICT
)
--;;
CREATE FUNCTION tr_warranty_is_append_only_warranty_void_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'tr_warranty_is_append_only' USING ERRCODE = '23514', CONSTRAINT = 'tr_warranty_is_append_only'; END IF; RETURN NEW; END $$
--;;
CREATE TRIGGER tr_warranty_is_append_only_warranty_void_update BEFORE UPDATE ON warranty_void FOR EACH ROW EXECUTE FUNCTION tr_warranty_is_append_only_warranty_void_update()
--;;
CREATE FUNCTION tr_warranty_is_append_only_warranty_void_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'tr_warranty_is_append_only' USING ERRCODE = '23514', CONSTRAINT = 'tr_warranty_is_append_only'; END IF; RETURN OLD; END $$
--;;
CREATE TRIGGER tr_warranty_is_append_only_warranty_void_delete BEFORE DELETE ON warranty_void FOR EACH ROW EXECUTE FUNCTION tr_warranty_is_append_only_warranty_void_delete()
--;;
CREATE FUNCTION tr_warranty_is_append_only_warranty_void_truncate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'tr_warranty_is_append_only' USING ERRCODE = '23514', CONSTRAINT = 'tr_warranty_is_append_only'; END $$
--;;
CREATE TRIGGER tr_warranty_is_append_only_warranty_void_truncate BEFORE TRUNCATE ON warranty_void FOR EACH STATEMENT EXECUTE FUNCTION tr_warranty_is_append_only_warranty_void_truncate()
--;;
