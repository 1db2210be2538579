"""The pocket detectors, which find figures and their parts in the pocket world, and who of them is bare."""
