"""Who gets where, written by hand from mission and screens, not from the permission table (P24)."""

STAFF = ("dispatcher", "storekeeper", "sales", "manager", "administrator")
EVERYBODY = (*STAFF, "engineer", "customer")

#: (method, path, the roles that get past the guard). Ids in the paths belong to nobody.
EXPECTED: list[tuple[str, str, tuple[str, ...]]] = [
    ("GET", "/", EVERYBODY),
    ("GET", "/me", EVERYBODY),
    ("GET", "/search", EVERYBODY),
    ("GET", "/notifications", EVERYBODY),
    ("GET", "/messages", ("manager", "administrator")),
    ("POST", "/messages/999999/again", ("manager", "administrator")),
    ("GET", "/files/999999", EVERYBODY),
]
