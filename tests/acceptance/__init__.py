"""What the gateway must do when suppliers misbehave: twenty scenarios, and the card of them."""
