resource "astra_cmk_key" "example" {
  cloud_provider = "aws"
  region         = "us-east-2"
  key_id         = "arn:aws:kms:us-east-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
}
