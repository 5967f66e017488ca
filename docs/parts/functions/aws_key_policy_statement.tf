output "statement" {
  value = provider::astra::aws_key_policy_statement(["123456789012"])
}
