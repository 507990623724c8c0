"""Driver tables to many workbooks and their roll-up.

A run reads the table once (``drivers``, ``columns``, ``names``), cuts it into chunks (``spool``), has each
chunk computed and written by a process or a cluster's worker (``chunk``, ``pool``, ``cluster``), and adds
up what they left (``parts``, ``portfolio``). ``run`` ties it together.
"""
