data "astra_provider_ids" "example" {
  cloud_provider = "aws"
  region         = "us-east-2"
}
