m = 3
n = m
