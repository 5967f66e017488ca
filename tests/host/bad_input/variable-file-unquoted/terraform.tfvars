n = var.m
