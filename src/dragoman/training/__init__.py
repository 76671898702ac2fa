"""Training of the event classifier: annotated texts in, a model folder out (extra ``[train]``, not used in coding)."""
