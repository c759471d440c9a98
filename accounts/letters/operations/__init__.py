"""Operations on letters to customers: issue, print, deliver."""
