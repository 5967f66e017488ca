# sizes
m = 3
n = max(1, 2)
