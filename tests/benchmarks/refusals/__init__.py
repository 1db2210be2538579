"""How well the sexual rule and the floor tell what is meant."""
