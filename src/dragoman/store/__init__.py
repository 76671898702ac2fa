"""Coded reports in a folder of Parquet files, read through DuckDB.

>>> with Store.open("events", create=True) as store:                # doctest: +SKIP
...     store.load(coded, reports)
...     table = store.events(EventFilter(countries=("RUS",), since="2025-01"))
"""

from dragoman.store.query import EventFilter
from dragoman.store.store import LoadResult, Store

__all__ = ["EventFilter", "LoadResult", "Store"]
