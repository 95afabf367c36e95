"""The doctor: what is wrong with a model's folder before it becomes an image.

`folder.read` describes the folder once; each rule of `table.RULES` is a pure function over that
description. No user code runs but in `child.main`, in a process that `dry_run` starts.
"""
