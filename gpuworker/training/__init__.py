"""Trains words for what pictures have in common, in slices that fit between the steps of others' pictures."""
