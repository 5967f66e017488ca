output "policy" {
  value = provider::astra::aws_key_policy("111122223333", ["123456789012"])
}
