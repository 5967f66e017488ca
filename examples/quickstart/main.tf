# Two seats for two future databases, the statement that lets Astra use the AWS key, and one customer key on each
# cloud. The keys' own resources (aws_kms_key and so on) are left out here: see examples/aws, gcp and azure.
terraform {
  required_version = ">= 1.8"
  required_providers {
    astra = {
      source = "astra-cmk/astra-cmk"
    }
  }
}

# The token comes from ASTRA_API_TOKEN.
provider "astra" {}

locals {
  keys = {
    aws = {
      region = "us-east-2"
      key_id = "arn:aws:kms:us-east-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    }
    gcp = {
      region = "us-east1"
      key_id = "projects/example/locations/us-east1/keyRings/astra/cryptoKeys/databases"
    }
    azure = {
      region = "westus2"
      key_id = "https://example.vault.azure.net/keys/databases/0123456789abcdef0123456789abcdef"
    }
  }
}

resource "astra_provider_id" "seat" {
  for_each       = toset(["customers", "orders"])
  cloud_provider = "aws"
  region         = local.keys.aws.region
}

resource "astra_cmk_key" "key" {
  for_each       = local.keys
  cloud_provider = each.key
  region         = each.value.region
  key_id         = each.value.key_id
}

output "key_policy_statement" {
  description = "Belongs into the AWS key's policy, before a database is made."
  value = provider::astra::aws_key_policy_statement(
    [for seat in astra_provider_id.seat : seat.provider_id]
  )
}
