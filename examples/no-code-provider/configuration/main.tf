terraform {
  required_providers {
    posix = { source = "example/posix" }
  }
}

# A slash at the end: see the README.
resource "posix_directory" "logs" {
  path = "${abspath(path.root)}/logs/"
  mode = parseint("0750", 8)
}

output "diagonal" {
  value = provider::posix::hypot(3, 4)
}

output "libc" {
  value = provider::posix::libc_version()
}
