output "region" {
  value = provider::astra::parse_key_id("projects/example/locations/us-east1/keyRings/astra/cryptoKeys/databases").region
}
