CREATE TABLE planning_rules (
	id BIGINT NOT NULL, 
	room_for_calls BOOLEAN NOT NULL, 
	version BIGINT NOT NULL, 
	CONSTRAINT pk_planning_rules PRIMARY KEY (id), 
	CONSTRAINT ck_planning_rules_is_one_row CHECK (id = 1)
)
--;;
