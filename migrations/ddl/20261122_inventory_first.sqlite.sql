CREATE TABLE part (
	id INTEGER NOT NULL, 
	part_no TEXT NOT NULL, 
	name TEXT NOT NULL, 
	name_en TEXT NOT NULL, 
	initials TEXT NOT NULL, 
	category TEXT NOT NULL, 
	unit TEXT NOT NULL, 
	serial_tracked BOOLEAN NOT NULL, 
	returnable BOOLEAN NOT NULL, 
	cost_fen INTEGER NOT NULL, 
	price_fen INTEGER NOT NULL, 
	supplier TEXT NOT NULL, 
	lead_days INTEGER NOT NULL, 
	minimum INTEGER NOT NULL, 
	maximum INTEGER, 
	criticality INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	version INTEGER NOT NULL, 
	CONSTRAINT pk_part PRIMARY KEY (id), 
	CONSTRAINT ck_part_money_is_not_negative CHECK (cost_fen >= 0 AND price_fen >= 0), 
	CONSTRAINT ck_part_minimum_below_maximum CHECK (minimum >= 0 AND (maximum IS NULL OR maximum >= minimum)), 
	CONSTRAINT ck_part_criticality_in_range CHECK (criticality BETWEEN 1 AND 3), 
	CONSTRAINT ck_part_lead_days_not_negative CHECK (lead_days >= 0), 
	CONSTRAINT uq_part_part_no UNIQUE (part_no), 
	CONSTRAINT ck_part_cost_fen_is_whole CHECK (typeof(cost_fen) IN ('integer', 'null')), 
	CONSTRAINT ck_part_price_fen_is_whole CHECK (typeof(price_fen) IN ('integer', 'null')), 
	CONSTRAINT ck_part_lead_days_is_whole CHECK (typeof(lead_days) IN ('integer', 'null')), 
	CONSTRAINT ck_part_minimum_is_whole CHECK (typeof(minimum) IN ('integer', 'null')), 
	CONSTRAINT ck_part_maximum_is_whole CHECK (typeof(maximum) IN ('integer', 'null')), 
	CONSTRAINT ck_part_criticality_is_whole CHECK (typeof(criticality) IN ('integer', 'null')), 
	CONSTRAINT ck_part_version_is_whole CHECK (typeof(version) IN ('integer', 'null'))
)
--;;
CREATE INDEX ix_part_category ON part (category)
--;;
CREATE INDEX ix_part_initials ON part (initials)
--;;
CREATE TABLE place (
	id INTEGER NOT NULL, 
	code TEXT NOT NULL, 
	name TEXT NOT NULL, 
	initials TEXT NOT NULL, 
	kind VARCHAR(24) NOT NULL, 
	condition VARCHAR(24) NOT NULL, 
	counterparty BOOLEAN NOT NULL, 
	parent_id INTEGER, 
	lat DOUBLE, 
	lon DOUBLE, 
	hours TEXT, 
	holder_ref TEXT, 
	site_ref TEXT, 
	created_at DATETIME NOT NULL, 
	version INTEGER NOT NULL, 
	CONSTRAINT pk_place PRIMARY KEY (id), 
	CONSTRAINT ck_place_counterparty_by_kind CHECK (counterparty = (kind IN ('supplier', 'count_difference'))), 
	CONSTRAINT ck_place_site_ref_by_kind CHECK ((site_ref IS NOT NULL) = (kind = 'customer_site')), 
	CONSTRAINT ck_place_holder_only_of_van CHECK (holder_ref IS NULL OR kind = 'van'), 
	CONSTRAINT ck_place_not_in_itself CHECK (parent_id <> id), 
	CONSTRAINT uq_place_id_counterparty UNIQUE (id, counterparty), 
	CONSTRAINT uq_place_id_kind UNIQUE (id, kind), 
	CONSTRAINT uq_place_code UNIQUE (code), 
	CONSTRAINT ck_place_placekind CHECK (kind IN ('supplier', 'warehouse', 'depot', 'bin', 'van', 'customer_site', 'in_transit', 'count_difference', 'scrap')), 
	CONSTRAINT ck_place_condition CHECK (condition IN ('good', 'to_inspect', 'defective', 'refurbished')), 
	CONSTRAINT fk_place_parent_id FOREIGN KEY(parent_id) REFERENCES place (id) ON DELETE RESTRICT, 
	CONSTRAINT ck_place_parent_id_is_whole CHECK (typeof(parent_id) IN ('integer', 'null')), 
	CONSTRAINT ck_place_version_is_whole CHECK (typeof(version) IN ('integer', 'null'))
)
--;;
CREATE INDEX ix_place_parent_id ON place (parent_id)
--;;
CREATE UNIQUE INDEX uq_place_holder ON place (holder_ref, condition) WHERE holder_ref IS NOT NULL
--;;
CREATE UNIQUE INDEX uq_place_site ON place (site_ref) WHERE site_ref IS NOT NULL
--;;
CREATE TABLE stock_visit (
	visit_ref TEXT NOT NULL, 
	opened_at DATETIME NOT NULL, 
	closed_at DATETIME, 
	CONSTRAINT pk_stock_visit PRIMARY KEY (visit_ref), 
	CONSTRAINT ck_stock_visit_closes_after_opening CHECK (closed_at IS NULL OR closed_at >= opened_at)
)
--;;
CREATE TABLE balance (
	place_id INTEGER NOT NULL, 
	part_id INTEGER NOT NULL, 
	counterparty BOOLEAN NOT NULL, 
	qty INTEGER NOT NULL, 
	reserved INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	CONSTRAINT pk_balance PRIMARY KEY (place_id, part_id), 
	CONSTRAINT fk_balance_place_id_place FOREIGN KEY(place_id, counterparty) REFERENCES place (id, counterparty) ON DELETE RESTRICT, 
	CONSTRAINT ck_balance_never_negative CHECK (qty >= 0 OR counterparty), 
	CONSTRAINT ck_balance_reserved_is_real CHECK (reserved >= 0 AND (reserved <= qty OR reserved = 0)), 
	CONSTRAINT fk_balance_part_id FOREIGN KEY(part_id) REFERENCES part (id) ON DELETE RESTRICT, 
	CONSTRAINT ck_balance_qty_is_whole CHECK (typeof(qty) IN ('integer', 'null')), 
	CONSTRAINT ck_balance_reserved_is_whole CHECK (typeof(reserved) IN ('integer', 'null')), 
	CONSTRAINT ck_balance_version_is_whole CHECK (typeof(version) IN ('integer', 'null'))
)
--;;
CREATE INDEX ix_balance_part_id ON balance (part_id)
--;;
CREATE VIEW inspect_stock AS SELECT p.code AS place, t.part_no AS part, b.qty AS qty, b.reserved AS reserved FROM balance AS b JOIN place AS p ON p.id = b.place_id JOIN part AS t ON t.id = b.part_id
--;;
CREATE TABLE part_model (
	part_id INTEGER NOT NULL, 
	model TEXT NOT NULL, 
	CONSTRAINT pk_part_model PRIMARY KEY (part_id, model), 
	CONSTRAINT fk_part_model_part_id FOREIGN KEY(part_id) REFERENCES part (id) ON DELETE RESTRICT
)
--;;
CREATE INDEX ix_part_model_model ON part_model (model)
--;;
CREATE TABLE part_substitute (
	part_id INTEGER NOT NULL, 
	substitute_id INTEGER NOT NULL, 
	rank INTEGER NOT NULL, 
	CONSTRAINT pk_part_substitute PRIMARY KEY (part_id, substitute_id), 
	CONSTRAINT ck_part_substitute_not_itself CHECK (part_id <> substitute_id), 
	CONSTRAINT ck_part_substitute_rank_from_one CHECK (rank >= 1), 
	CONSTRAINT uq_part_substitute_part_id_rank UNIQUE (part_id, rank), 
	CONSTRAINT fk_part_substitute_part_id FOREIGN KEY(part_id) REFERENCES part (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_part_substitute_substitute_id FOREIGN KEY(substitute_id) REFERENCES part (id) ON DELETE RESTRICT, 
	CONSTRAINT ck_part_substitute_rank_is_whole CHECK (typeof(rank) IN ('integer', 'null'))
)
--;;
CREATE INDEX ix_part_substitute_substitute_id ON part_substitute (substitute_id)
--;;
CREATE TABLE pick_list (
	id INTEGER NOT NULL, 
	pick_no TEXT NOT NULL, 
	visit_ref TEXT NOT NULL, 
	house_id INTEGER NOT NULL, 
	to_place_id INTEGER, 
	state VARCHAR(24) NOT NULL, 
	made_at DATETIME NOT NULL, 
	ended_at DATETIME, 
	version INTEGER NOT NULL, 
	CONSTRAINT pk_pick_list PRIMARY KEY (id), 
	CONSTRAINT ck_pick_list_ended_by_state CHECK ((state = 'waiting') = (ended_at IS NULL)), 
	CONSTRAINT uq_pick_list_pick_no UNIQUE (pick_no), 
	CONSTRAINT fk_pick_list_visit_ref FOREIGN KEY(visit_ref) REFERENCES stock_visit (visit_ref) ON DELETE RESTRICT, 
	CONSTRAINT fk_pick_list_house_id FOREIGN KEY(house_id) REFERENCES place (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_pick_list_to_place_id FOREIGN KEY(to_place_id) REFERENCES place (id) ON DELETE RESTRICT, 
	CONSTRAINT ck_pick_list_pickstate CHECK (state IN ('waiting', 'issued', 'cancelled')), 
	CONSTRAINT ck_pick_list_house_id_is_whole CHECK (typeof(house_id) IN ('integer', 'null')), 
	CONSTRAINT ck_pick_list_to_place_id_is_whole CHECK (typeof(to_place_id) IN ('integer', 'null')), 
	CONSTRAINT ck_pick_list_version_is_whole CHECK (typeof(version) IN ('integer', 'null'))
)
--;;
CREATE INDEX ix_pick_list_house_id ON pick_list (house_id)
--;;
CREATE UNIQUE INDEX uq_pick_list_waiting ON pick_list (visit_ref, house_id) WHERE state = 'waiting'
--;;
CREATE TABLE reservation (
	id INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	visit_ref TEXT NOT NULL, 
	part_id INTEGER NOT NULL, 
	place_id INTEGER NOT NULL, 
	qty INTEGER NOT NULL, 
	state VARCHAR(24) NOT NULL, 
	made_by TEXT NOT NULL, 
	made_at DATETIME NOT NULL, 
	ended_at DATETIME, 
	CONSTRAINT pk_reservation PRIMARY KEY (id), 
	CONSTRAINT ck_reservation_holds_something CHECK (qty > 0), 
	CONSTRAINT ck_reservation_ended_by_state CHECK ((state = 'open') = (ended_at IS NULL)), 
	CONSTRAINT uq_reservation_key UNIQUE ("key"), 
	CONSTRAINT fk_reservation_visit_ref FOREIGN KEY(visit_ref) REFERENCES stock_visit (visit_ref) ON DELETE RESTRICT, 
	CONSTRAINT fk_reservation_part_id FOREIGN KEY(part_id) REFERENCES part (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_reservation_place_id FOREIGN KEY(place_id) REFERENCES place (id) ON DELETE RESTRICT, 
	CONSTRAINT ck_reservation_reservationstate CHECK (state IN ('open', 'used', 'released', 'expired')), 
	CONSTRAINT ck_reservation_place_id_is_whole CHECK (typeof(place_id) IN ('integer', 'null')), 
	CONSTRAINT ck_reservation_qty_is_whole CHECK (typeof(qty) IN ('integer', 'null'))
)
--;;
CREATE INDEX ix_reservation_held ON reservation (part_id, place_id, state)
--;;
CREATE INDEX ix_reservation_visit_ref ON reservation (visit_ref)
--;;
CREATE UNIQUE INDEX uq_reservation_open_line ON reservation (visit_ref, part_id, place_id) WHERE state = 'open'
--;;
CREATE TRIGGER tr_reservation_visit_is_open BEFORE INSERT ON reservation WHEN NEW.state = 'open' AND NOT EXISTS (SELECT 1 FROM stock_visit AS v WHERE v.visit_ref = NEW.visit_ref AND v.closed_at IS NULL) BEGIN SELECT RAISE(ABORT, 'tr_reservation_visit_is_open'); END
--;;
CREATE TRIGGER tr_reservation_ends_once BEFORE UPDATE ON reservation WHEN OLD.state <> 'open' BEGIN SELECT RAISE(ABORT, 'tr_reservation_ends_once'); END
--;;
CREATE TRIGGER tr_reservation_is_not_deleted BEFORE DELETE ON reservation WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'tr_reservation_is_not_deleted'); END
--;;
CREATE VIEW inspect_reservation AS SELECT r.id AS id, r.visit_ref AS visit, t.part_no AS part, p.code AS place, r.qty AS qty, r.state AS state FROM reservation AS r JOIN part AS t ON t.id = r.part_id JOIN place AS p ON p.id = r.place_id
--;;
CREATE TABLE serial (
	id INTEGER NOT NULL, 
	part_id INTEGER NOT NULL, 
	serial_no TEXT NOT NULL, 
	place_id INTEGER NOT NULL, 
	CONSTRAINT pk_serial PRIMARY KEY (id), 
	CONSTRAINT uq_serial_part_id_serial_no UNIQUE (part_id, serial_no), 
	CONSTRAINT uq_serial_id_part_id UNIQUE (id, part_id), 
	CONSTRAINT ck_serial_serial_no_is_said CHECK (serial_no <> ''), 
	CONSTRAINT fk_serial_part_id FOREIGN KEY(part_id) REFERENCES part (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_serial_place_id FOREIGN KEY(place_id) REFERENCES place (id) ON DELETE RESTRICT, 
	CONSTRAINT ck_serial_place_id_is_whole CHECK (typeof(place_id) IN ('integer', 'null'))
)
--;;
CREATE INDEX ix_serial_place_id ON serial (place_id)
--;;
CREATE INDEX ix_serial_serial_no ON serial (serial_no)
--;;
CREATE VIEW inspect_serial AS SELECT t.part_no AS part, s.serial_no AS serial, p.code AS place FROM serial AS s JOIN part AS t ON t.id = s.part_id JOIN place AS p ON p.id = s.place_id
--;;
CREATE TABLE transfer (
	id INTEGER NOT NULL, 
	transfer_no TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	from_place_id INTEGER NOT NULL, 
	to_place_id INTEGER NOT NULL, 
	state VARCHAR(24) NOT NULL, 
	shipped_by TEXT NOT NULL, 
	shipped_at DATETIME NOT NULL, 
	received_by TEXT, 
	received_at DATETIME, 
	difference_reason TEXT NOT NULL, 
	CONSTRAINT pk_transfer PRIMARY KEY (id), 
	CONSTRAINT ck_transfer_goes_somewhere CHECK (from_place_id <> to_place_id), 
	CONSTRAINT ck_transfer_received_by_state CHECK ((state = 'received') = (received_at IS NOT NULL)), 
	CONSTRAINT uq_transfer_transfer_no UNIQUE (transfer_no), 
	CONSTRAINT uq_transfer_key UNIQUE ("key"), 
	CONSTRAINT fk_transfer_from_place_id FOREIGN KEY(from_place_id) REFERENCES place (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_transfer_to_place_id FOREIGN KEY(to_place_id) REFERENCES place (id) ON DELETE RESTRICT, 
	CONSTRAINT ck_transfer_transferstate CHECK (state IN ('shipped', 'received')), 
	CONSTRAINT ck_transfer_from_place_id_is_whole CHECK (typeof(from_place_id) IN ('integer', 'null')), 
	CONSTRAINT ck_transfer_to_place_id_is_whole CHECK (typeof(to_place_id) IN ('integer', 'null'))
)
--;;
CREATE INDEX ix_transfer_from_place_id ON transfer (from_place_id)
--;;
CREATE INDEX ix_transfer_to_place_id ON transfer (to_place_id)
--;;
CREATE TABLE movement (
	n INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	kind VARCHAR(24) NOT NULL, 
	part_id INTEGER NOT NULL, 
	qty INTEGER NOT NULL, 
	serial_id INTEGER, 
	from_place_id INTEGER NOT NULL, 
	from_kind VARCHAR(24) NOT NULL, 
	to_place_id INTEGER NOT NULL, 
	to_kind VARCHAR(24) NOT NULL, 
	visit_ref TEXT, 
	issue_n INTEGER, 
	reversal_of INTEGER, 
	asset_ref TEXT, 
	document TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	actor TEXT NOT NULL, 
	effective_at DATETIME NOT NULL, 
	posted_at DATETIME NOT NULL, 
	CONSTRAINT pk_movement PRIMARY KEY (n), 
	CONSTRAINT ck_movement_goes_somewhere CHECK (from_place_id <> to_place_id), 
	CONSTRAINT ck_movement_moves_something CHECK (qty > 0), 
	CONSTRAINT ck_movement_one_piece_per_serial CHECK (serial_id IS NULL OR qty = 1), 
	CONSTRAINT ck_movement_legal_way CHECK ((kind <> 'receive' OR (from_kind IN ('supplier') AND to_kind IN ('bin', 'depot', 'van', 'warehouse'))) AND (kind <> 'ship' OR (from_kind IN ('bin', 'depot', 'van', 'warehouse') AND to_kind IN ('in_transit'))) AND (kind <> 'arrive' OR (from_kind IN ('in_transit') AND to_kind IN ('bin', 'depot', 'van', 'warehouse'))) AND (kind <> 'move' OR (from_kind IN ('bin', 'depot', 'van', 'warehouse') AND to_kind IN ('bin', 'depot', 'van', 'warehouse'))) AND (kind <> 'issue' OR (from_kind IN ('bin', 'depot', 'van', 'warehouse') AND to_kind IN ('van'))) AND (kind <> 'use' OR (from_kind IN ('bin', 'count_difference', 'depot', 'van', 'warehouse') AND to_kind IN ('customer_site'))) AND (kind <> 'found' OR (from_kind IN ('count_difference') AND to_kind IN ('customer_site'))) AND (kind <> 'remove' OR (from_kind IN ('customer_site') AND to_kind IN ('bin', 'depot', 'van', 'warehouse'))) AND (kind <> 'return' OR (from_kind IN ('van') AND to_kind IN ('bin', 'depot', 'van', 'warehouse'))) AND (kind <> 'scrap' OR (from_kind IN ('bin', 'depot', 'van', 'warehouse') AND to_kind IN ('scrap'))) AND (kind <> 'adjust' OR (from_kind IN ('bin', 'count_difference', 'depot', 'in_transit', 'van', 'warehouse') AND to_kind IN ('bin', 'count_difference', 'depot', 'in_transit', 'van', 'warehouse')))), 
	CONSTRAINT ck_movement_visit_by_kind CHECK (NOT (kind IN ('found', 'issue', 'remove', 'use')) OR visit_ref IS NOT NULL), 
	CONSTRAINT ck_movement_customer_only_by_visit CHECK (to_kind <> 'customer_site' OR visit_ref IS NOT NULL), 
	CONSTRAINT ck_movement_return_names_its_issue CHECK ((kind = 'return') = (issue_n IS NOT NULL)), 
	CONSTRAINT ck_movement_return_names_its_visit CHECK (kind <> 'return' OR visit_ref IS NOT NULL), 
	CONSTRAINT ck_movement_reversal_names_its_movement CHECK ((kind = 'reverse') = (reversal_of IS NOT NULL)), 
	CONSTRAINT ck_movement_adjusts_against_the_difference CHECK (kind <> 'adjust' OR (from_kind = 'count_difference') <> (to_kind = 'count_difference')), 
	CONSTRAINT ck_movement_reason_by_kind CHECK (kind NOT IN ('reverse', 'adjust', 'scrap') OR reason <> ''), 
	CONSTRAINT ck_movement_not_in_the_future CHECK (effective_at <= posted_at), 
	CONSTRAINT fk_movement_serial_id_serial FOREIGN KEY(serial_id, part_id) REFERENCES serial (id, part_id) ON DELETE RESTRICT, 
	CONSTRAINT fk_movement_from_place_id_place FOREIGN KEY(from_place_id, from_kind) REFERENCES place (id, kind) ON DELETE RESTRICT, 
	CONSTRAINT fk_movement_to_place_id_place FOREIGN KEY(to_place_id, to_kind) REFERENCES place (id, kind) ON DELETE RESTRICT, 
	CONSTRAINT uq_movement_key UNIQUE ("key"), 
	CONSTRAINT ck_movement_movementkind CHECK (kind IN ('receive', 'ship', 'arrive', 'move', 'issue', 'use', 'found', 'remove', 'return', 'scrap', 'adjust', 'reverse')), 
	CONSTRAINT fk_movement_part_id FOREIGN KEY(part_id) REFERENCES part (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_movement_visit_ref FOREIGN KEY(visit_ref) REFERENCES stock_visit (visit_ref) ON DELETE RESTRICT, 
	CONSTRAINT fk_movement_issue_n FOREIGN KEY(issue_n) REFERENCES movement (n) ON DELETE RESTRICT, 
	CONSTRAINT uq_movement_reversal_of UNIQUE (reversal_of), 
	CONSTRAINT fk_movement_reversal_of FOREIGN KEY(reversal_of) REFERENCES movement (n) ON DELETE RESTRICT, 
	CONSTRAINT ck_movement_qty_is_whole CHECK (typeof(qty) IN ('integer', 'null')), 
	CONSTRAINT ck_movement_serial_id_is_whole CHECK (typeof(serial_id) IN ('integer', 'null')), 
	CONSTRAINT ck_movement_from_place_id_is_whole CHECK (typeof(from_place_id) IN ('integer', 'null')), 
	CONSTRAINT ck_movement_to_place_id_is_whole CHECK (typeof(to_place_id) IN ('integer', 'null')), 
	CONSTRAINT ck_movement_issue_n_is_whole CHECK (typeof(issue_n) IN ('integer', 'null')), 
	CONSTRAINT ck_movement_reversal_of_is_whole CHECK (typeof(reversal_of) IN ('integer', 'null'))
)
--;;
CREATE INDEX ix_movement_asset_ref ON movement (asset_ref)
--;;
CREATE INDEX ix_movement_in ON movement (part_id, to_place_id, effective_at)
--;;
CREATE INDEX ix_movement_issue_n ON movement (issue_n)
--;;
CREATE INDEX ix_movement_out ON movement (part_id, from_place_id, effective_at)
--;;
CREATE INDEX ix_movement_serial_id ON movement (serial_id)
--;;
CREATE INDEX ix_movement_visit_ref ON movement (visit_ref)
--;;
CREATE TRIGGER tr_movement_is_append_only BEFORE UPDATE ON movement WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'tr_movement_is_append_only'); END
--;;
CREATE TRIGGER tr_movement_is_not_deleted BEFORE DELETE ON movement WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'tr_movement_is_not_deleted'); END
--;;
CREATE TRIGGER tr_movement_visit_was_open BEFORE INSERT ON movement WHEN NEW.kind IN ('issue', 'use', 'found', 'remove') AND NOT EXISTS (SELECT 1 FROM stock_visit AS v WHERE v.visit_ref = NEW.visit_ref AND v.opened_at <= NEW.effective_at AND (v.closed_at IS NULL OR NEW.effective_at < v.closed_at)) BEGIN SELECT RAISE(ABORT, 'tr_movement_visit_was_open'); END
--;;
CREATE TRIGGER tr_movement_serial_as_tracked BEFORE INSERT ON movement WHEN (NEW.serial_id IS NOT NULL) <> (SELECT p.serial_tracked FROM part AS p WHERE p.id = NEW.part_id) BEGIN SELECT RAISE(ABORT, 'tr_movement_serial_as_tracked'); END
--;;
CREATE TRIGGER tr_movement_serial_from_where_it_is BEFORE INSERT ON movement WHEN NEW.serial_id IS NOT NULL AND EXISTS (SELECT 1 FROM movement AS m WHERE m.serial_id = NEW.serial_id AND m.n = (SELECT MAX(l.n) FROM movement AS l WHERE l.serial_id = NEW.serial_id) AND (m.to_place_id <> NEW.from_place_id OR m.effective_at > NEW.effective_at)) BEGIN SELECT RAISE(ABORT, 'tr_movement_serial_from_where_it_is'); END
--;;
CREATE TRIGGER tr_movement_serial_went_along AFTER INSERT ON movement WHEN NEW.serial_id IS NOT NULL AND (SELECT s.place_id FROM serial AS s WHERE s.id = NEW.serial_id) <> NEW.to_place_id BEGIN SELECT RAISE(ABORT, 'tr_movement_serial_went_along'); END
--;;
CREATE TRIGGER tr_movement_mirrors_what_it_reverses BEFORE INSERT ON movement WHEN NEW.kind = 'reverse' AND NOT EXISTS (SELECT 1 FROM movement AS m WHERE m.n = NEW.reversal_of AND m.kind <> 'reverse' AND m.part_id = NEW.part_id AND m.qty = NEW.qty AND m.from_place_id = NEW.to_place_id AND m.to_place_id = NEW.from_place_id AND COALESCE(m.serial_id, 0) = COALESCE(NEW.serial_id, 0) AND COALESCE(m.visit_ref, '') = COALESCE(NEW.visit_ref, '') AND m.effective_at <= NEW.effective_at) BEGIN SELECT RAISE(ABORT, 'tr_movement_mirrors_what_it_reverses'); END
--;;
CREATE TRIGGER tr_movement_returns_within_issue AFTER INSERT ON movement WHEN NEW.kind = 'return' AND (NOT EXISTS (SELECT 1 FROM movement AS i WHERE i.n = NEW.issue_n AND i.kind = 'issue' AND i.part_id = NEW.part_id AND i.visit_ref = NEW.visit_ref AND COALESCE(i.serial_id, 0) = COALESCE(NEW.serial_id, 0) AND i.qty >= COALESCE((SELECT SUM(r.qty) FROM movement AS r WHERE r.issue_n = NEW.issue_n AND NOT EXISTS (SELECT 1 FROM movement AS x WHERE x.reversal_of = r.n)), 0)) OR EXISTS (SELECT 1 FROM movement AS x WHERE x.reversal_of = NEW.issue_n)) BEGIN SELECT RAISE(ABORT, 'tr_movement_returns_within_issue'); END
--;;
CREATE TRIGGER tr_movement_returned_issue_stays BEFORE INSERT ON movement WHEN NEW.kind = 'reverse' AND COALESCE((SELECT SUM(r.qty) FROM movement AS r WHERE r.issue_n = NEW.reversal_of AND NOT EXISTS (SELECT 1 FROM movement AS x WHERE x.reversal_of = r.n)), 0) > 0 BEGIN SELECT RAISE(ABORT, 'tr_movement_returned_issue_stays'); END
--;;
CREATE TRIGGER tr_movement_prefix_is_legal AFTER INSERT ON movement WHEN CASE WHEN NEW.from_kind NOT IN ('supplier', 'count_difference') AND EXISTS (SELECT 1 FROM movement AS m WHERE m.part_id = NEW.part_id AND (m.from_place_id = NEW.from_place_id OR m.to_place_id = NEW.from_place_id) AND m.effective_at > NEW.effective_at) THEN EXISTS (SELECT 1 FROM (SELECT s.effective_at, SUM(s.change) OVER (ORDER BY s.effective_at, s.n) AS level FROM (SELECT m.n, m.effective_at, CASE WHEN m.to_place_id = NEW.from_place_id THEN m.qty ELSE -m.qty END AS change FROM movement AS m WHERE m.part_id = NEW.part_id AND (m.from_place_id = NEW.from_place_id OR m.to_place_id = NEW.from_place_id)) AS s) AS w WHERE w.level < 0 AND w.effective_at >= NEW.effective_at) ELSE 1 = 0 END BEGIN SELECT RAISE(ABORT, 'tr_movement_prefix_is_legal'); END
--;;
CREATE TRIGGER tr_part_tracking_is_fixed BEFORE UPDATE ON part WHEN OLD.serial_tracked <> NEW.serial_tracked AND EXISTS (SELECT 1 FROM movement AS m WHERE m.part_id = OLD.id) BEGIN SELECT RAISE(ABORT, 'tr_part_tracking_is_fixed'); END
--;;
CREATE VIEW inspect_ledger AS SELECT m.n AS n, f.code AS from_place, o.code AS to_place, t.part_no AS part, m.qty AS qty, s.serial_no AS serial, m.kind AS kind, m.visit_ref AS visit, m.reversal_of AS reversal_of, m.key AS key, m.actor AS actor, m.effective_at AS at, m.posted_at AS posted_at FROM movement AS m JOIN place AS f ON f.id = m.from_place_id JOIN place AS o ON o.id = m.to_place_id JOIN part AS t ON t.id = m.part_id LEFT JOIN serial AS s ON s.id = m.serial_id
--;;
CREATE TABLE transfer_line (
	id INTEGER NOT NULL, 
	transfer_id INTEGER NOT NULL, 
	part_id INTEGER NOT NULL, 
	serial_no TEXT, 
	qty INTEGER NOT NULL, 
	arrived INTEGER, 
	CONSTRAINT pk_transfer_line PRIMARY KEY (id), 
	CONSTRAINT ck_transfer_line_moves_something CHECK (qty > 0), 
	CONSTRAINT ck_transfer_line_arrives_what_left CHECK (arrived IS NULL OR arrived BETWEEN 0 AND qty), 
	CONSTRAINT ck_transfer_line_one_piece_per_serial CHECK (serial_no IS NULL OR qty = 1), 
	CONSTRAINT fk_transfer_line_transfer_id FOREIGN KEY(transfer_id) REFERENCES transfer (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_transfer_line_part_id FOREIGN KEY(part_id) REFERENCES part (id) ON DELETE RESTRICT, 
	CONSTRAINT ck_transfer_line_transfer_id_is_whole CHECK (typeof(transfer_id) IN ('integer', 'null')), 
	CONSTRAINT ck_transfer_line_part_id_is_whole CHECK (typeof(part_id) IN ('integer', 'null')), 
	CONSTRAINT ck_transfer_line_qty_is_whole CHECK (typeof(qty) IN ('integer', 'null')), 
	CONSTRAINT ck_transfer_line_arrived_is_whole CHECK (typeof(arrived) IN ('integer', 'null'))
)
--;;
CREATE INDEX ix_transfer_line_transfer_id ON transfer_line (transfer_id)
--;;
