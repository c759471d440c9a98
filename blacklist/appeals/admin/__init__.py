"""What a certificate's page has of appeals."""
