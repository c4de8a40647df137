"""Files and programs outside: layouts of tables, and the table that comes with Corridor."""
