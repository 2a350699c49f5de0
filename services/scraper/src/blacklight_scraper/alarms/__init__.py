"""What a person should look at: boards that give less than they did, hosts that are silent (spec 4.4.3, 8.8)."""
