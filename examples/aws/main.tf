# An AWS KMS key for every Astra database of one region: seats, the key with a policy for just these seats, and its
# registration.
#
# To add a database: add its name, apply, and only then make the database. Without an unclaimed seat in the key's
# policy it would be encrypted with Astra's own key, and nothing would say so.

variable "region" {
  description = "Region of the databases, and so of the key."
  type        = string
  default     = "us-east-2"
}

variable "databases" {
  description = "Names of the databases, those to come and those that exist. Never take one out while its database lives."
  type        = set(string)
  default     = ["orders"]
}

data "aws_caller_identity" "current" {}

resource "astra_provider_id" "seat" {
  for_each       = var.databases
  cloud_provider = "aws"
  region         = var.region
}

resource "aws_kms_key" "astra" {
  region                  = var.region
  description             = "Astra DB"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy = provider::astra::aws_key_policy(
    data.aws_caller_identity.current.account_id,
    [for seat in astra_provider_id.seat : seat.provider_id]
  )

  lifecycle {
    prevent_destroy = true # a key that is gone takes its databases along
  }
}

resource "astra_cmk_key" "astra" {
  cloud_provider = "aws"
  region         = var.region
  key_id         = aws_kms_key.astra.arn
}

output "key_arn" {
  description = "The registered key."
  value       = astra_cmk_key.astra.key_id
}
