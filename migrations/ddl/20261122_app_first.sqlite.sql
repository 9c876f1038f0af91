CREATE TABLE audit (
	n INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	actor TEXT NOT NULL, 
	action TEXT NOT NULL, 
	object TEXT NOT NULL, 
	"before" TEXT, 
	"after" TEXT, 
	address TEXT NOT NULL, 
	CONSTRAINT pk_audit PRIMARY KEY (n)
)
--;;
CREATE INDEX ix_audit_object ON audit (object)
--;;
CREATE TRIGGER tr_audit_is_append_only_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'tr_audit_is_append_only'); END
--;;
CREATE TRIGGER tr_audit_is_append_only_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'tr_audit_is_append_only'); END
--;;
CREATE TABLE calendar_version (
	id INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	what TEXT NOT NULL, 
	CONSTRAINT pk_calendar_version PRIMARY KEY (id)
)
--;;
CREATE TABLE clock_jump (
	id INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	wall_s INTEGER NOT NULL, 
	monotonic_s INTEGER NOT NULL, 
	CONSTRAINT pk_clock_jump PRIMARY KEY (id), 
	CONSTRAINT ck_clock_jump_wall_s_is_whole CHECK (typeof(wall_s) IN ('integer', 'null')), 
	CONSTRAINT ck_clock_jump_monotonic_s_is_whole CHECK (typeof(monotonic_s) IN ('integer', 'null'))
)
--;;
CREATE TABLE job (
	id INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	args TEXT NOT NULL, 
	state VARCHAR(24) NOT NULL, 
	attempts INTEGER NOT NULL, 
	queued_at DATETIME NOT NULL, 
	next_at DATETIME NOT NULL, 
	started_at DATETIME, 
	heartbeat_at DATETIME, 
	finished_at DATETIME, 
	answer TEXT, 
	error TEXT NOT NULL, 
	CONSTRAINT pk_job PRIMARY KEY (id), 
	CONSTRAINT ck_job_attempts_are_counted CHECK (attempts >= 0), 
	CONSTRAINT uq_job_key UNIQUE ("key"), 
	CONSTRAINT ck_job_jobstate CHECK (state IN ('queued', 'running', 'done', 'failed')), 
	CONSTRAINT ck_job_attempts_is_whole CHECK (typeof(attempts) IN ('integer', 'null'))
)
--;;
CREATE INDEX ix_job_state_next_at ON job (state, next_at)
--;;
CREATE TABLE number_series (
	prefix TEXT NOT NULL, 
	last INTEGER NOT NULL, 
	CONSTRAINT pk_number_series PRIMARY KEY (prefix), 
	CONSTRAINT ck_number_series_last_is_whole CHECK (typeof(last) IN ('integer', 'null'))
)
--;;
CREATE TABLE outbox (
	id INTEGER NOT NULL, 
	message_id TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	channel VARCHAR(24) NOT NULL, 
	recipient TEXT NOT NULL, 
	about TEXT NOT NULL, 
	path TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	body TEXT NOT NULL, 
	state VARCHAR(24) NOT NULL, 
	attempts INTEGER NOT NULL, 
	unclear INTEGER NOT NULL, 
	next_at DATETIME NOT NULL, 
	created_at DATETIME NOT NULL, 
	sent_at DATETIME, 
	last_error TEXT NOT NULL, 
	CONSTRAINT pk_outbox PRIMARY KEY (id), 
	CONSTRAINT ck_outbox_counts_are_sane CHECK (attempts >= 0 AND unclear >= 0 AND unclear <= attempts), 
	CONSTRAINT uq_outbox_message_id UNIQUE (message_id), 
	CONSTRAINT uq_outbox_key UNIQUE ("key"), 
	CONSTRAINT ck_outbox_channel CHECK (channel IN ('in_app', 'mail', 'sms', 'webhook')), 
	CONSTRAINT ck_outbox_messagestate CHECK (state IN ('queued', 'sending', 'sent', 'failed')), 
	CONSTRAINT ck_outbox_attempts_is_whole CHECK (typeof(attempts) IN ('integer', 'null')), 
	CONSTRAINT ck_outbox_unclear_is_whole CHECK (typeof(unclear) IN ('integer', 'null'))
)
--;;
CREATE INDEX ix_outbox_state_next_at ON outbox (state, next_at)
--;;
CREATE VIEW inspect_outbox AS SELECT id, channel, about AS ref, attempts, state FROM outbox
--;;
CREATE TABLE scheduler_beat (
	name TEXT NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_scheduler_beat PRIMARY KEY (name)
)
--;;
CREATE TABLE sign_in_attempt (
	id INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	name_hash TEXT NOT NULL, 
	address TEXT NOT NULL, 
	failed INTEGER NOT NULL, 
	CONSTRAINT pk_sign_in_attempt PRIMARY KEY (id), 
	CONSTRAINT ck_sign_in_attempt_failed_is_whole CHECK (typeof(failed) IN ('integer', 'null'))
)
--;;
CREATE INDEX ix_sign_in_attempt_address ON sign_in_attempt (address)
--;;
CREATE INDEX ix_sign_in_attempt_at ON sign_in_attempt (at)
--;;
CREATE INDEX ix_sign_in_attempt_name_hash ON sign_in_attempt (name_hash)
--;;
CREATE TABLE stored_file (
	id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	kind VARCHAR(24) NOT NULL, 
	size INTEGER NOT NULL, 
	sha256 TEXT NOT NULL, 
	shown_name TEXT NOT NULL, 
	object_ref TEXT NOT NULL, 
	added_by TEXT NOT NULL, 
	added_at DATETIME NOT NULL, 
	CONSTRAINT pk_stored_file PRIMARY KEY (id), 
	CONSTRAINT ck_stored_file_has_content CHECK (size > 0 AND length(sha256) = 64), 
	CONSTRAINT uq_stored_file_name UNIQUE (name), 
	CONSTRAINT ck_stored_file_filekind CHECK (kind IN ('jpeg', 'png', 'webp', 'pdf')), 
	CONSTRAINT ck_stored_file_size_is_whole CHECK (typeof(size) IN ('integer', 'null'))
)
--;;
CREATE INDEX ix_stored_file_object_ref ON stored_file (object_ref)
--;;
CREATE TRIGGER tr_stored_file_is_append_only_update BEFORE UPDATE ON stored_file BEGIN SELECT RAISE(ABORT, 'tr_stored_file_is_append_only'); END
--;;
CREATE TRIGGER tr_stored_file_is_append_only_delete BEFORE DELETE ON stored_file BEGIN SELECT RAISE(ABORT, 'tr_stored_file_is_append_only'); END
--;;
CREATE TABLE user_account (
	id INTEGER NOT NULL, 
	user_name TEXT NOT NULL, 
	mobile TEXT, 
	display_name TEXT NOT NULL, 
	role VARCHAR(24) NOT NULL, 
	password_hash TEXT NOT NULL, 
	totp_secret TEXT, 
	totp_last_step INTEGER NOT NULL, 
	must_change_password INTEGER NOT NULL, 
	language TEXT NOT NULL, 
	theme TEXT NOT NULL, 
	customer_id INTEGER, 
	engineer_id INTEGER, 
	disabled_at DATETIME, 
	created_at DATETIME NOT NULL, 
	version INTEGER NOT NULL, 
	CONSTRAINT pk_user_account PRIMARY KEY (id), 
	CONSTRAINT uq_user_account_user_name UNIQUE (user_name), 
	CONSTRAINT uq_user_account_mobile UNIQUE (mobile), 
	CONSTRAINT ck_user_account_role CHECK (role IN ('dispatcher', 'storekeeper', 'sales', 'engineer', 'customer', 'manager', 'administrator')), 
	CONSTRAINT uq_user_account_engineer_id UNIQUE (engineer_id), 
	CONSTRAINT ck_user_account_totp_last_step_is_whole CHECK (typeof(totp_last_step) IN ('integer', 'null')), 
	CONSTRAINT ck_user_account_must_change_password_is_whole CHECK (typeof(must_change_password) IN ('integer', 'null')), 
	CONSTRAINT ck_user_account_customer_id_is_whole CHECK (typeof(customer_id) IN ('integer', 'null')), 
	CONSTRAINT ck_user_account_engineer_id_is_whole CHECK (typeof(engineer_id) IN ('integer', 'null')), 
	CONSTRAINT ck_user_account_version_is_whole CHECK (typeof(version) IN ('integer', 'null'))
)
--;;
CREATE INDEX ix_user_account_customer_id ON user_account (customer_id)
--;;
CREATE TABLE audit_seal (
	seq INTEGER NOT NULL, 
	audit_n INTEGER NOT NULL, 
	prev_hash TEXT NOT NULL, 
	hash TEXT NOT NULL, 
	CONSTRAINT pk_audit_seal PRIMARY KEY (seq), 
	CONSTRAINT uq_audit_seal_audit_n UNIQUE (audit_n), 
	CONSTRAINT fk_audit_seal_audit_n FOREIGN KEY(audit_n) REFERENCES audit (n) ON DELETE RESTRICT, 
	CONSTRAINT uq_audit_seal_prev_hash UNIQUE (prev_hash), 
	CONSTRAINT uq_audit_seal_hash UNIQUE (hash), 
	CONSTRAINT ck_audit_seal_audit_n_is_whole CHECK (typeof(audit_n) IN ('integer', 'null'))
)
--;;
CREATE TRIGGER tr_audit_seal_is_append_only_update BEFORE UPDATE ON audit_seal BEGIN SELECT RAISE(ABORT, 'tr_audit_seal_is_append_only'); END
--;;
CREATE TRIGGER tr_audit_seal_is_append_only_delete BEFORE DELETE ON audit_seal BEGIN SELECT RAISE(ABORT, 'tr_audit_seal_is_append_only'); END
--;;
CREATE VIEW inspect_audit AS SELECT a.n, s.prev_hash, s.hash, a.actor, a.action, a.object, a.at FROM audit a LEFT JOIN audit_seal s ON s.audit_n = a.n
--;;
CREATE TABLE calendar_own_day (
	id INTEGER NOT NULL, 
	code TEXT NOT NULL, 
	day DATE NOT NULL, 
	mark VARCHAR(24) NOT NULL, 
	from_version INTEGER NOT NULL, 
	to_version INTEGER, 
	CONSTRAINT pk_calendar_own_day PRIMARY KEY (id), 
	CONSTRAINT ck_calendar_own_day_versions_in_order CHECK (to_version IS NULL OR to_version > from_version), 
	CONSTRAINT ck_calendar_own_day_daymark CHECK (mark IN ('off', 'work')), 
	CONSTRAINT fk_calendar_own_day_from_version FOREIGN KEY(from_version) REFERENCES calendar_version (id) ON DELETE RESTRICT, 
	CONSTRAINT ck_calendar_own_day_from_version_is_whole CHECK (typeof(from_version) IN ('integer', 'null')), 
	CONSTRAINT ck_calendar_own_day_to_version_is_whole CHECK (typeof(to_version) IN ('integer', 'null'))
)
--;;
CREATE UNIQUE INDEX uq_calendar_own_day_current ON calendar_own_day (code, day) WHERE to_version IS NULL
--;;
CREATE TABLE calendar_year (
	year INTEGER NOT NULL, 
	source TEXT NOT NULL, 
	published_at DATETIME NOT NULL, 
	from_version INTEGER NOT NULL, 
	CONSTRAINT pk_calendar_year PRIMARY KEY (year), 
	CONSTRAINT ck_calendar_year_year_is_sane CHECK (year BETWEEN 1900 AND 2199), 
	CONSTRAINT fk_calendar_year_from_version FOREIGN KEY(from_version) REFERENCES calendar_version (id) ON DELETE RESTRICT, 
	CONSTRAINT ck_calendar_year_from_version_is_whole CHECK (typeof(from_version) IN ('integer', 'null'))
)
--;;
CREATE TABLE document (
	id INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	object_ref TEXT NOT NULL, 
	number TEXT NOT NULL, 
	file_id INTEGER NOT NULL, 
	sha256 TEXT NOT NULL, 
	names TEXT NOT NULL, 
	issued_by TEXT NOT NULL, 
	issued_at DATETIME NOT NULL, 
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
	id INTEGER NOT NULL, 
	outbox_id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	subject TEXT NOT NULL, 
	body TEXT NOT NULL, 
	path TEXT NOT NULL, 
	at DATETIME NOT NULL, 
	read_at DATETIME, 
	CONSTRAINT pk_notification PRIMARY KEY (id), 
	CONSTRAINT uq_notification_outbox_id UNIQUE (outbox_id), 
	CONSTRAINT fk_notification_outbox_id FOREIGN KEY(outbox_id) REFERENCES outbox (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_notification_user_id FOREIGN KEY(user_id) REFERENCES user_account (id) ON DELETE RESTRICT, 
	CONSTRAINT ck_notification_outbox_id_is_whole CHECK (typeof(outbox_id) IN ('integer', 'null')), 
	CONSTRAINT ck_notification_user_id_is_whole CHECK (typeof(user_id) IN ('integer', 'null'))
)
--;;
CREATE INDEX ix_notification_user_id_read_at ON notification (user_id, read_at)
--;;
CREATE TABLE outbox_attempt (
	id INTEGER NOT NULL, 
	outbox_id INTEGER NOT NULL, 
	started_at DATETIME NOT NULL, 
	ended_at DATETIME, 
	outcome VARCHAR(24) NOT NULL, 
	answer TEXT NOT NULL, 
	CONSTRAINT pk_outbox_attempt PRIMARY KEY (id), 
	CONSTRAINT fk_outbox_attempt_outbox_id FOREIGN KEY(outbox_id) REFERENCES outbox (id) ON DELETE RESTRICT, 
	CONSTRAINT ck_outbox_attempt_outcome CHECK (outcome IN ('running', 'sent', 'refused', 'unclear')), 
	CONSTRAINT ck_outbox_attempt_outbox_id_is_whole CHECK (typeof(outbox_id) IN ('integer', 'null'))
)
--;;
CREATE INDEX ix_outbox_attempt_outbox_id ON outbox_attempt (outbox_id)
--;;
CREATE TABLE service_calendar (
	id INTEGER NOT NULL, 
	code TEXT NOT NULL, 
	name_zh TEXT NOT NULL, 
	name_en TEXT NOT NULL, 
	week TEXT NOT NULL, 
	observes_holidays BOOLEAN NOT NULL, 
	from_version INTEGER NOT NULL, 
	to_version INTEGER, 
	CONSTRAINT pk_service_calendar PRIMARY KEY (id), 
	CONSTRAINT ck_service_calendar_versions_in_order CHECK (to_version IS NULL OR to_version > from_version), 
	CONSTRAINT fk_service_calendar_from_version FOREIGN KEY(from_version) REFERENCES calendar_version (id) ON DELETE RESTRICT, 
	CONSTRAINT ck_service_calendar_from_version_is_whole CHECK (typeof(from_version) IN ('integer', 'null')), 
	CONSTRAINT ck_service_calendar_to_version_is_whole CHECK (typeof(to_version) IN ('integer', 'null'))
)
--;;
CREATE UNIQUE INDEX uq_service_calendar_current_code ON service_calendar (code) WHERE to_version IS NULL
--;;
CREATE TABLE sign_in_session (
	id INTEGER NOT NULL, 
	token_hash TEXT NOT NULL, 
	user_id INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	seen_at DATETIME NOT NULL, 
	second_factor_at DATETIME, 
	ended_at DATETIME, 
	address TEXT NOT NULL, 
	CONSTRAINT pk_sign_in_session PRIMARY KEY (id), 
	CONSTRAINT uq_sign_in_session_token_hash UNIQUE (token_hash), 
	CONSTRAINT fk_sign_in_session_user_id FOREIGN KEY(user_id) REFERENCES user_account (id) ON DELETE RESTRICT, 
	CONSTRAINT ck_sign_in_session_user_id_is_whole CHECK (typeof(user_id) IN ('integer', 'null'))
)
--;;
CREATE INDEX ix_sign_in_session_user_id ON sign_in_session (user_id)
--;;
CREATE TABLE calendar_day (
	day DATE NOT NULL, 
	year INTEGER NOT NULL, 
	mark VARCHAR(24) NOT NULL, 
	CONSTRAINT pk_calendar_day PRIMARY KEY (day), 
	CONSTRAINT fk_calendar_day_year FOREIGN KEY(year) REFERENCES calendar_year (year) ON DELETE RESTRICT, 
	CONSTRAINT ck_calendar_day_daymark CHECK (mark IN ('off', 'work')), 
	CONSTRAINT ck_calendar_day_year_is_whole CHECK (typeof(year) IN ('integer', 'null'))
)
--;;
CREATE INDEX ix_calendar_day_year ON calendar_day (year)
--;;
CREATE TABLE verification (
	id INTEGER NOT NULL, 
	token_hash TEXT NOT NULL, 
	document_id INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	revoked_at DATETIME, 
	CONSTRAINT pk_verification PRIMARY KEY (id), 
	CONSTRAINT uq_verification_token_hash UNIQUE (token_hash), 
	CONSTRAINT fk_verification_document_id FOREIGN KEY(document_id) REFERENCES document (id) ON DELETE RESTRICT, 
	CONSTRAINT ck_verification_document_id_is_whole CHECK (typeof(document_id) IN ('integer', 'null'))
)
--;;
CREATE INDEX ix_verification_document_id ON verification (document_id)
--;;
