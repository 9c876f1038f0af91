"""Who gets where, written by hand from mission and screens, not from the permission table (P24)."""

STAFF = ("dispatcher", "storekeeper", "sales", "manager", "administrator")
EVERYBODY = (*STAFF, "engineer", "customer")
OFFICE_AND_CUSTOMERS = (*STAFF, "customer")
SELLERS = ("sales", "manager", "administrator")
DESK = ("dispatcher", "manager")
STORE = ("storekeeper",)

#: (method, path, the roles that get past the guard). Ids in the paths belong to nobody.
EXPECTED: list[tuple[str, str, tuple[str, ...]]] = [
    ("GET", "/", EVERYBODY),
    ("GET", "/me", EVERYBODY),
    ("GET", "/search", EVERYBODY),
    ("GET", "/notifications", EVERYBODY),
    ("GET", "/messages", ("manager", "administrator")),
    ("POST", "/messages/999999/again", ("manager", "administrator")),
    ("GET", "/files/999999", EVERYBODY),
    # Contracts: the office reads, sellers write, a customer reads what is his.
    ("GET", "/customers", OFFICE_AND_CUSTOMERS),
    ("GET", "/customers/999999", OFFICE_AND_CUSTOMERS),
    ("POST", "/customers/new", SELLERS),
    ("GET", "/contracts", OFFICE_AND_CUSTOMERS),
    ("POST", "/contracts/999999/sign", SELLERS),
    ("POST", "/contracts/999999/terminate", SELLERS),
    ("GET", "/assets", OFFICE_AND_CUSTOMERS),
    ("POST", "/assets/999999/retire", SELLERS),
    ("POST", "/policies/new", SELLERS),
    # Spare parts: the storekeeper moves them, heads keep the books' frame, an engineer sees his van.
    ("GET", "/inventory", STORE),
    ("GET", "/inventory/parts", ("storekeeper", "dispatcher", "manager", "administrator", "engineer")),
    ("POST", "/inventory/receive", STORE),
    ("POST", "/inventory/transfers/new", STORE),
    ("GET", "/inventory/transfers", ("storekeeper", "engineer")),
    ("POST", "/inventory/movements/999999/reverse", ("storekeeper", "manager")),
    ("POST", "/inventory/visits/V-999999/reserve", ("storekeeper", "dispatcher")),
    ("POST", "/inventory/parts/new", ("storekeeper", "manager", "administrator")),
    # Dispatch: the desk plans, only engineers act in the field, and they have no board.
    ("GET", "/dispatch/board", DESK),
    ("POST", "/dispatch/board/plan", DESK),
    ("POST", "/dispatch/board/plans/999999/accept", DESK),
    ("POST", "/dispatch/board/visits/V-999999/assign", DESK),
    ("GET", "/field", ("engineer",)),
    ("GET", "/field/visits/V-999999", ("engineer",)),
    ("POST", "/api/field/acts", ("engineer",)),
    ("GET", "/dispatch/visits/V-999999/report.pdf", ("engineer", *DESK)),
]
