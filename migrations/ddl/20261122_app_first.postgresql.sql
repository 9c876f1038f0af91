CREATE TABLE audit (
	n BIGSERIAL NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	actor TEXT NOT NULL, 
	action TEXT NOT NULL, 
	object TEXT NOT NULL, 
	before TEXT, 
	after TEXT, 
	address TEXT NOT NULL, 
	CONSTRAINT pk_audit PRIMARY KEY (n)
)
--;;
CREATE INDEX ix_audit_object ON audit (object)
--;;
CREATE OR REPLACE FUNCTION tr_audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION USING ERRCODE = '23000', MESSAGE = 'tr_audit_is_append_only', CONSTRAINT = 'tr_audit_is_append_only'; END $$
--;;
CREATE TRIGGER tr_audit_is_append_only BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION tr_audit_is_append_only()
--;;
CREATE TRIGGER tr_audit_is_append_only_truncate BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION tr_audit_is_append_only()
--;;
CREATE TABLE calendar_version (
	id BIGSERIAL NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	what TEXT NOT NULL, 
	CONSTRAINT pk_calendar_version PRIMARY KEY (id)
)
--;;
CREATE TABLE clock_jump (
	id BIGSERIAL NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	wall_s BIGINT NOT NULL, 
	monotonic_s BIGINT NOT NULL, 
	CONSTRAINT pk_clock_jump PRIMARY KEY (id)
)
--;;
CREATE TABLE job (
	id BIGSERIAL NOT NULL, 
	key TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	args TEXT NOT NULL, 
	state VARCHAR(24) NOT NULL, 
	attempts BIGINT NOT NULL, 
	queued_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	next_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	started_at TIMESTAMP WITH TIME ZONE, 
	heartbeat_at TIMESTAMP WITH TIME ZONE, 
	finished_at TIMESTAMP WITH TIME ZONE, 
	answer TEXT, 
	error TEXT NOT NULL, 
	CONSTRAINT pk_job PRIMARY KEY (id), 
	CONSTRAINT ck_job_attempts_are_counted CHECK (attempts >= 0), 
	CONSTRAINT uq_job_key UNIQUE (key), 
	CONSTRAINT ck_job_jobstate CHECK (state IN ('queued', 'running', 'done', 'failed'))
)
--;;
CREATE INDEX ix_job_state_next_at ON job (state, next_at)
--;;
CREATE TABLE number_series (
	prefix TEXT NOT NULL, 
	last BIGINT NOT NULL, 
	CONSTRAINT pk_number_series PRIMARY KEY (prefix)
)
--;;
CREATE TABLE outbox (
	id BIGSERIAL NOT NULL, 
	message_id TEXT NOT NULL, 
	key TEXT NOT NULL, 
	channel VARCHAR(24) NOT NULL, 
	recipient TEXT NOT NULL, 
	about TEXT NOT NULL, 
	path TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	body TEXT NOT NULL, 
	state VARCHAR(24) NOT NULL, 
	attempts BIGINT NOT NULL, 
	unclear BIGINT NOT NULL, 
	next_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	sent_at TIMESTAMP WITH TIME ZONE, 
	last_error TEXT NOT NULL, 
	CONSTRAINT pk_outbox PRIMARY KEY (id), 
	CONSTRAINT ck_outbox_counts_are_sane CHECK (attempts >= 0 AND unclear >= 0 AND unclear <= attempts), 
	CONSTRAINT uq_outbox_message_id UNIQUE (message_id), 
	CONSTRAINT uq_outbox_key UNIQUE (key), 
	CONSTRAINT ck_outbox_channel CHECK (channel IN ('in_app', 'mail', 'sms', 'webhook')), 
	CONSTRAINT ck_outbox_messagestate CHECK (state IN ('queued', 'sending', 'sent', 'failed'))
)
--;;
CREATE INDEX ix_outbox_state_next_at ON outbox (state, next_at)
--;;
CREATE VIEW inspect_outbox AS SELECT id, channel, about AS ref, attempts, state FROM outbox
--;;
CREATE TABLE scheduler_beat (
	name TEXT NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_scheduler_beat PRIMARY KEY (name)
)
--;;
CREATE TABLE sign_in_attempt (
	id BIGSERIAL NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	name_hash TEXT NOT NULL, 
	address TEXT NOT NULL, 
	failed BIGINT NOT NULL, 
	CONSTRAINT pk_sign_in_attempt PRIMARY KEY (id)
)
--;;
CREATE INDEX ix_sign_in_attempt_address ON sign_in_attempt (address)
--;;
CREATE INDEX ix_sign_in_attempt_at ON sign_in_attempt (at)
--;;
CREATE INDEX ix_sign_in_attempt_name_hash ON sign_in_attempt (name_hash)
--;;
CREATE TABLE stored_file (
	id BIGSERIAL NOT NULL, 
	name TEXT NOT NULL, 
	kind VARCHAR(24) NOT NULL, 
	size BIGINT NOT NULL, 
	sha256 TEXT NOT NULL, 
	shown_name TEXT NOT NULL, 
	object_ref TEXT NOT NULL, 
	added_by TEXT NOT NULL, 
	added_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_stored_file PRIMARY KEY (id), 
	CONSTRAINT ck_stored_file_has_content CHECK (size > 0 AND length(sha256) = 64), 
	CONSTRAINT uq_stored_file_name UNIQUE (name), 
	CONSTRAINT ck_stored_file_filekind CHECK (kind IN ('jpeg', 'png', 'webp', 'pdf'))
)
--;;
CREATE INDEX ix_stored_file_object_ref ON stored_file (object_ref)
--;;
CREATE OR REPLACE FUNCTION tr_stored_file_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION USING ERRCODE = '23000', MESSAGE = 'tr_stored_file_is_append_only', CONSTRAINT = 'tr_stored_file_is_append_only'; END $$
--;;
CREATE TRIGGER tr_stored_file_is_append_only BEFORE UPDATE OR DELETE ON stored_file FOR EACH ROW EXECUTE FUNCTION tr_stored_file_is_append_only()
--;;
CREATE TRIGGER tr_stored_file_is_append_only_truncate BEFORE TRUNCATE ON stored_file FOR EACH STATEMENT EXECUTE FUNCTION tr_stored_file_is_append_only()
--;;
CREATE TABLE user_account (
	id BIGSERIAL NOT NULL, 
	user_name TEXT NOT NULL, 
	mobile TEXT, 
	display_name TEXT NOT NULL, 
	role VARCHAR(24) NOT NULL, 
	password_hash TEXT NOT NULL, 
	totp_secret TEXT, 
	totp_last_step BIGINT NOT NULL, 
	must_change_password BIGINT NOT NULL, 
	language TEXT NOT NULL, 
	theme TEXT NOT NULL, 
	customer_id BIGINT, 
	engineer_id BIGINT, 
	disabled_at TIMESTAMP WITH TIME ZONE, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	version BIGINT NOT NULL, 
	CONSTRAINT pk_user_account PRIMARY KEY (id), 
	CONSTRAINT uq_user_account_user_name UNIQUE (user_name), 
	CONSTRAINT uq_user_account_mobile UNIQUE (mobile), 
	CONSTRAINT ck_user_account_role CHECK (role IN ('dispatcher', 'storekeeper', 'sales', 'engineer', 'customer', 'manager', 'administrator')), 
	CONSTRAINT uq_user_account_engineer_id UNIQUE (engineer_id)
)
--;;
CREATE INDEX ix_user_account_customer_id ON user_account (customer_id)
--;;
CREATE TABLE audit_seal (
	seq BIGSERIAL NOT NULL, 
	audit_n BIGINT NOT NULL, 
	prev_hash TEXT NOT NULL, 
	hash TEXT NOT NULL, 
	CONSTRAINT pk_audit_seal PRIMARY KEY (seq), 
	CONSTRAINT uq_audit_seal_audit_n UNIQUE (audit_n), 
	CONSTRAINT fk_audit_seal_audit_n FOREIGN KEY(audit_n) REFERENCES audit (n) ON DELETE RESTRICT, 
	CONSTRAINT uq_audit_seal_prev_hash UNIQUE (prev_hash), 
	CONSTRAINT uq_audit_seal_hash UNIQUE (hash)
)
--;;
CREATE OR REPLACE FUNCTION tr_audit_seal_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION USING ERRCODE = '23000', MESSAGE = 'tr_audit_seal_is_append_only', CONSTRAINT = 'tr_audit_seal_is_append_only'; END $$
--;;
CREATE TRIGGER tr_audit_seal_is_append_only BEFORE UPDATE OR DELETE ON audit_seal FOR EACH ROW EXECUTE FUNCTION tr_audit_seal_is_append_only()
--;;
CREATE TRIGGER tr_audit_seal_is_append_only_truncate BEFORE TRUNCATE ON audit_seal FOR EACH STATEMENT EXECUTE FUNCTION tr_audit_seal_is_append_only()
--;;
CREATE VIEW inspect_audit AS SELECT a.n, s.prev_hash, s.hash, a.actor, a.action, a.object, a.at FROM audit a LEFT JOIN audit_seal s ON s.audit_n = a.n
--;;
CREATE TABLE calendar_own_day (
	id BIGSERIAL NOT NULL, 
	code TEXT NOT NULL, 
	day DATE NOT NULL, 
	mark VARCHAR(24) NOT NULL, 
	from_version BIGINT NOT NULL, 
	to_version BIGINT, 
	CONSTRAINT pk_calendar_own_day PRIMARY KEY (id), 
	CONSTRAINT ck_calendar_own_day_versions_in_order CHECK (to_version IS NULL OR to_version > from_version), 
	CONSTRAINT ck_calendar_own_day_daymark CHECK (mark IN ('off', 'work')), 
	CONSTRAINT fk_calendar_own_day_from_version FOREIGN KEY(from_version) REFERENCES calendar_version (id) ON DELETE RESTRICT
)
--;;
CREATE UNIQUE INDEX uq_calendar_own_day_current ON calendar_own_day (code, day) WHERE to_version IS NULL
--;;
CREATE TABLE calendar_year (
	year BIGINT NOT NULL, 
	source TEXT NOT NULL, 
	published_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	from_version BIGINT NOT NULL, 
	CONSTRAINT pk_calendar_year PRIMARY KEY (year), 
	CONSTRAINT ck_calendar_year_year_is_sane CHECK (year BETWEEN 1900 AND 2199), 
	CONSTRAINT fk_calendar_year_from_version FOREIGN KEY(from_version) REFERENCES calendar_version (id) ON DELETE RESTRICT
)
--;;
CREATE TABLE document (
	id BIGSERIAL NOT NULL, 
	kind TEXT NOT NULL, 
	object_ref TEXT NOT NULL, 
	number TEXT NOT NULL, 
	file_id BIGINT NOT NULL, 
	sha256 TEXT NOT NULL, 
	names TEXT NOT NULL, 
	issued_by TEXT NOT NULL, 
	issued_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_document PRIMARY KEY (id), 
	CONSTRAINT ck_document_is_hashed CHECK (length(sha256) = 64), 
	CONSTRAINT uq_document_file_id UNIQUE (file_id), 
	CONSTRAINT fk_document_file_id FOREIGN KEY(file_id) REFERENCES stored_file (id) ON DELETE RESTRICT
)
--;;
CREATE INDEX ix_document_kind_object_ref ON document (kind, object_ref)
--;;
CREATE INDEX ix_document_number ON document (number)
--;;
CREATE TABLE notification (
	id BIGSERIAL NOT NULL, 
	outbox_id BIGINT NOT NULL, 
	user_id BIGINT NOT NULL, 
	subject TEXT NOT NULL, 
	body TEXT NOT NULL, 
	path TEXT NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	read_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_notification PRIMARY KEY (id), 
	CONSTRAINT uq_notification_outbox_id UNIQUE (outbox_id), 
	CONSTRAINT fk_notification_outbox_id FOREIGN KEY(outbox_id) REFERENCES outbox (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_notification_user_id FOREIGN KEY(user_id) REFERENCES user_account (id) ON DELETE RESTRICT
)
--;;
CREATE INDEX ix_notification_user_id_read_at ON notification (user_id, read_at)
--;;
CREATE TABLE outbox_attempt (
	id BIGSERIAL NOT NULL, 
	outbox_id BIGINT NOT NULL, 
	started_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	ended_at TIMESTAMP WITH TIME ZONE, 
	outcome VARCHAR(24) NOT NULL, 
	answer TEXT NOT NULL, 
	CONSTRAINT pk_outbox_attempt PRIMARY KEY (id), 
	CONSTRAINT fk_outbox_attempt_outbox_id FOREIGN KEY(outbox_id) REFERENCES outbox (id) ON DELETE RESTRICT, 
	CONSTRAINT ck_outbox_attempt_outcome CHECK (outcome IN ('running', 'sent', 'refused', 'unclear'))
)
--;;
CREATE INDEX ix_outbox_attempt_outbox_id ON outbox_attempt (outbox_id)
--;;
CREATE TABLE service_calendar (
	id BIGSERIAL NOT NULL, 
	code TEXT NOT NULL, 
	name_zh TEXT NOT NULL, 
	name_en TEXT NOT NULL, 
	week TEXT NOT NULL, 
	observes_holidays BOOLEAN NOT NULL, 
	from_version BIGINT NOT NULL, 
	to_version BIGINT, 
	CONSTRAINT pk_service_calendar PRIMARY KEY (id), 
	CONSTRAINT ck_service_calendar_versions_in_order CHECK (to_version IS NULL OR to_version > from_version), 
	CONSTRAINT fk_service_calendar_from_version FOREIGN KEY(from_version) REFERENCES calendar_version (id) ON DELETE RESTRICT
)
--;;
CREATE UNIQUE INDEX uq_service_calendar_current_code ON service_calendar (code) WHERE to_version IS NULL
--;;
CREATE TABLE sign_in_session (
	id BIGSERIAL NOT NULL, 
	token_hash TEXT NOT NULL, 
	user_id BIGINT NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	seen_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	second_factor_at TIMESTAMP WITH TIME ZONE, 
	ended_at TIMESTAMP WITH TIME ZONE, 
	address TEXT NOT NULL, 
	CONSTRAINT pk_sign_in_session PRIMARY KEY (id), 
	CONSTRAINT uq_sign_in_session_token_hash UNIQUE (token_hash), 
	CONSTRAINT fk_sign_in_session_user_id FOREIGN KEY(user_id) REFERENCES user_account (id) ON DELETE RESTRICT
)
--;;
CREATE INDEX ix_sign_in_session_user_id ON sign_in_session (user_id)
--;;
CREATE TABLE calendar_day (
	day DATE NOT NULL, 
	year BIGINT NOT NULL, 
	mark VARCHAR(24) NOT NULL, 
	CONSTRAINT pk_calendar_day PRIMARY KEY (day), 
	CONSTRAINT fk_calendar_day_year FOREIGN KEY(year) REFERENCES calendar_year (year) ON DELETE RESTRICT, 
	CONSTRAINT ck_calendar_day_daymark CHECK (mark IN ('off', 'work'))
)
--;;
CREATE INDEX ix_calendar_day_year ON calendar_day (year)
--;;
CREATE TABLE verification (
	id BIGSERIAL NOT NULL, 
	token_hash TEXT NOT NULL, 
	document_id BIGINT NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	revoked_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_verification PRIMARY KEY (id), 
	CONSTRAINT uq_verification_token_hash UNIQUE (token_hash), 
	CONSTRAINT fk_verification_document_id FOREIGN KEY(document_id) REFERENCES document (id) ON DELETE RESTRICT
)
--;;
CREATE INDEX ix_verification_document_id ON verification (document_id)
--;;
