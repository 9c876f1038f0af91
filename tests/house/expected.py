"""Who gets where, written by hand from mission, promises and screens, not from the permission table (P24)."""

OFFICE = ("dispatcher", "storekeeper", "sales", "manager", "administrator")
EVERYBODY = (*OFFICE, "engineer", "customer")
ANYBODY = (*EVERYBODY, "stranger")
DESK = ("dispatcher", "manager")
SELLERS = ("sales", "manager", "administrator")

#: (method, path, who gets past the guard). Ids in the paths belong to nobody; a stranger has not signed in.
EXPECTED: list[tuple[str, str, tuple[str, ...]]] = [
    # Everybody's own corner, and what the world may see.
    ("GET", "/", EVERYBODY),
    ("GET", "/me", EVERYBODY),
    ("GET", "/search", EVERYBODY),
    ("GET", "/notifications", EVERYBODY),
    ("GET", "/files/999999", EVERYBODY),
    ("GET", "/sign-in", ANYBODY),
    ("GET", "/health", ANYBODY),
    ("GET", "/verify/none-such", ANYBODY),
    # Messages that gave up are for those who run the house.
    ("GET", "/messages", ("manager", "administrator")),
    ("POST", "/messages/999999/again", ("manager", "administrator")),
    # What was sold and promised: the office reads it, customers read their own, those who sell write it.
    ("GET", "/customers", (*OFFICE, "customer")),
    ("GET", "/assets", (*OFFICE, "customer")),
    ("GET", "/contracts", (*OFFICE, "customer")),
    ("GET", "/customers/new", SELLERS),
    ("POST", "/customers/999999/edit", SELLERS),
    ("POST", "/assets/999999/retire", SELLERS),
    ("POST", "/contracts/999999/sign", SELLERS),
    ("POST", "/contracts/999999/terminate", SELLERS),
    ("GET", "/policies/new", SELLERS),
    # Spare parts: the storekeeper's hands, the others' eyes; nothing for sales and customers.
    ("GET", "/inventory/parts", ("storekeeper", "dispatcher", "manager", "administrator", "engineer")),
    ("GET", "/inventory/ledger", ("storekeeper", "dispatcher", "manager", "administrator", "engineer")),
    ("GET", "/inventory/receive", ("storekeeper",)),
    ("POST", "/inventory/receive", ("storekeeper",)),
    ("GET", "/inventory/transfers/new", ("storekeeper",)),
    ("GET", "/inventory/picks/none-such", ("storekeeper",)),
    ("POST", "/inventory/picks/none-such", ("storekeeper",)),
    ("POST", "/inventory/visits/none-such/reserve", ("storekeeper", "dispatcher")),
    ("POST", "/inventory/movements/999999/reverse", ("storekeeper", "manager")),
    ("GET", "/inventory/places/new", ("storekeeper", "administrator")),
    # The desk and the board belong to dispatchers and their manager.
    ("GET", "/dispatch/board", DESK),
    ("POST", "/dispatch/board/plan", DESK),
    ("POST", "/dispatch/board/visits/none-such/assign", DESK),
    ("POST", "/dispatch/board/plans/999999/accept", DESK),
    ("GET", "/dispatch/intake", DESK),
    ("POST", "/dispatch/intake", DESK),
    ("GET", "/dispatch/requests", (*DESK, "sales", "engineer")),
    ("POST", "/dispatch/requests/none-such/close", DESK),
    # Sending without an accepted quotation is a manager's word (C5).
    ("POST", "/dispatch/requests/none-such/allow", ("manager",)),
    ("GET", "/dispatch/engineers", (*DESK, "administrator")),
    ("GET", "/dispatch/engineers/new", ("manager", "administrator")),
    ("POST", "/dispatch/roster/new", (*DESK, "administrator")),
    # What plans reckon with: the desk reads it, its heads change it.
    ("GET", "/dispatch/planning", (*DESK, "administrator")),
    ("POST", "/dispatch/planning", ("manager", "administrator")),
    # The phone is the engineer's alone; the report is read in the office too.
    ("GET", "/field", ("engineer",)),
    ("GET", "/field/visits/none-such", ("engineer",)),
    ("POST", "/field/visits/none-such/acts", ("engineer",)),
    ("POST", "/api/field/acts", ("engineer",)),
    ("GET", "/dispatch/visits/none-such/report.pdf", ("engineer", *DESK)),
]
