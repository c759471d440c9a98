"""URLs of the desk's frame; each app adds its own pages in `config.urls`."""

from django.urls import path

from config.frames.desk import directory_pages, draft_pages, personal_factors, personal_settings, sign_in

urlpatterns = [
    path("sign-in", sign_in.sign_in, name="sign-in"),
    path("directory", directory_pages.leave, name="directory"),
    path("directory/back", directory_pages.back, name="directory-back"),
    path("directory/arrived", directory_pages.arrived, name="directory-arrived"),
    path("directory/code", directory_pages.code, name="directory-code"),
    path("sign-out", sign_in.sign_out, name="sign-out"),
    path("language", sign_in.switch_language, name="language"),
    path("me", personal_settings.own_sign_in, name="own"),
    path("me/password", personal_settings.password, name="own-password"),
    path("me/recovery-codes", personal_factors.recovery_codes, name="own-recovery"),
    path("me/authenticator", personal_factors.authenticator, name="own-authenticator"),
    path("me/passkeys", personal_factors.own_passkeys, name="own-passkeys"),
    path("me/passkeys/asked", personal_factors.passkey_creation_options, name="own-passkey-asked"),
    path("me/passkeys/<uuid:passkey_id>/end", personal_factors.end, name="own-passkey-end"),
    path("passkeys/asked", personal_factors.passkey_request_options, name="passkey-asked"),
    path("me/sessions/end", personal_settings.end_other_sessions, name="own-sessions-end"),
    path("me/sessions/<uuid:sign_in_id>/end", personal_settings.end_session, name="own-session-end"),
    path("still-here", sign_in.report_activity, name="still-here"),
    path("unlock", sign_in.unlock, name="unlock"),
    path("drafts", draft_pages.save, name="draft-save"),
    path("drafts/discard", draft_pages.discard, name="draft-discard"),
]
