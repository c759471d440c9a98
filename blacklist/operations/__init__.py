"""Operations of compliance on certificates: register, put in force, correct, revoke, screen."""
