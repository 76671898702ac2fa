"""The workbench: pages over a store, served locally or written out as a folder of static files."""
