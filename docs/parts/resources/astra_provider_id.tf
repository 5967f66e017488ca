resource "astra_provider_id" "example" {
  for_each       = toset(["customers", "orders"]) # one for each database that is to be
  cloud_provider = "aws"
  region         = "us-east-2"
}
