"""A section's events and profiles as a partitioned Parquet data set, and segments evaluated over one.

Writing needs pyarrow, evaluating Ibis with DuckDB or Spark. All of it is imported when it is used, so that
the command starts as fast without.
"""
