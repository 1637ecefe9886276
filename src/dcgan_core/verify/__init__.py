"""Whether results are what their stages wrote, and a record of the run for others."""
