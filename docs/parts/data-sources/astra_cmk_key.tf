data "astra_cmk_key" "example" {
  cloud_provider = "aws"
  region         = "us-east-2"
}
