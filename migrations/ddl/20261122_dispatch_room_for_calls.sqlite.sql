CREATE TABLE planning_rules (
	id INTEGER NOT NULL, 
	room_for_calls BOOLEAN NOT NULL, 
	version INTEGER NOT NULL, 
	CONSTRAINT pk_planning_rules PRIMARY KEY (id), 
	CONSTRAINT ck_planning_rules_is_one_row CHECK (id = 1), 
	CONSTRAINT ck_planning_rules_version_is_whole CHECK (typeof(version) IN ('integer', 'null'))
)
--;;
