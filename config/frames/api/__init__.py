"""How the API speaks: keys, strict JSON, problems, paging. Only the apps' `api/` import it."""
