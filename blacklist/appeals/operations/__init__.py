"""Operations of compliance on appeals: record, forward, answer, and keep scans."""
