# Databases that span several AWS regions. Every region of every database needs a seat of its own, and every region a key
# that lies in it.
#
# Where Astra offers one unclaimed ID at a time, a second seat of one region is refused until a database has claimed the
# first: then add the databases of a region one after another.

variable "databases" {
  description = "The regions of each database. Never take one out while its database lives there."
  type        = map(set(string))
  default = {
    orders    = ["us-east-2", "us-west-2"]
    customers = ["us-east-2"]
  }
}

locals {
  regions = toset(flatten([for regions in var.databases : tolist(regions)]))
  seats = merge([
    for database, regions in var.databases : {
      for region in regions : "${database}/${region}" => region
    }
  ]...)
}

data "aws_caller_identity" "current" {}

resource "astra_provider_id" "seat" {
  for_each       = local.seats
  cloud_provider = "aws"
  region         = each.value
}

resource "aws_kms_key" "astra" {
  for_each                = local.regions
  region                  = each.key
  description             = "Astra DB in ${each.key}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy = provider::astra::aws_key_policy(
    data.aws_caller_identity.current.account_id,
    [for seat in astra_provider_id.seat : seat.provider_id if seat.region == each.key]
  )

  lifecycle {
    prevent_destroy = true # a key that is gone takes its databases along
  }
}

resource "astra_cmk_key" "astra" {
  for_each       = local.regions
  cloud_provider = "aws"
  region         = each.key
  key_id         = aws_kms_key.astra[each.key].arn
}

output "keys" {
  description = "The registered key of each region."
  value       = { for region, key in astra_cmk_key.astra : region => key.key_id }
}
