"""Frame of the API: authentication by key, strict JSON, problems, pagination. Used only by the apps' `api/`."""
