"""Operations on transfers, each in one transaction."""
