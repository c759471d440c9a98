"""The addresses of the desk's frame; each room adds its own pages in `config.urls`."""

from django.urls import path

from config.frames.desk import directory_pages, draft_pages, own, own_factors, sign_in, trial

urlpatterns = [
    path("sign-in", sign_in.sign_in, name="sign-in"),
    path("directory", directory_pages.leave, name="directory"),
    path("directory/back", directory_pages.back, name="directory-back"),
    path("directory/arrived", directory_pages.arrived, name="directory-arrived"),
    path("directory/code", directory_pages.code, name="directory-code"),
    path("sign-out", sign_in.sign_out, name="sign-out"),
    path("language", sign_in.switch_language, name="language"),
    path("me", own.mine, name="own"),
    path("me/password", own.password, name="own-password"),
    path("me/recovery-codes", own_factors.recovery_codes, name="own-recovery"),
    path("me/authenticator", own_factors.authenticator, name="own-authenticator"),
    path("me/passkeys", own_factors.own_passkeys, name="own-passkeys"),
    path("me/passkeys/asked", own_factors.asked_to_make, name="own-passkey-asked"),
    path("me/passkeys/<uuid:passkey_id>/end", own_factors.end, name="own-passkey-end"),
    path("passkeys/asked", own_factors.asked, name="passkey-asked"),
    path("me/sessions/end", own.end_other_sessions, name="own-sessions-end"),
    path("me/sessions/<uuid:sign_in_id>/end", own.end_session, name="own-session-end"),
    path("try", trial.try_it, name="try-it"),
    path("still-here", sign_in.still_here, name="still-here"),
    path("unlock", sign_in.unlock, name="unlock"),
    path("drafts", draft_pages.save, name="draft-save"),
    path("drafts/discard", draft_pages.discard, name="draft-discard"),
]
