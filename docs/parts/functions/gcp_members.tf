output "members" {
  value = provider::astra::gcp_members(["123456789012"])
}
