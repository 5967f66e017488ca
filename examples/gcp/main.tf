# A Google Cloud KMS key for every Astra database of one region: seats, the key, who may use it, and its registration.

variable "project" {
  description = "Project that owns the key."
  type        = string
}

variable "region" {
  description = "Region of the databases, and so of the key ring."
  type        = string
  default     = "us-east1"
}

variable "databases" {
  description = "Names of the databases, those to come and those that exist. Never take one out while its database lives."
  type        = set(string)
  default     = ["orders"]
}

resource "astra_provider_id" "seat" {
  for_each       = var.databases
  cloud_provider = "gcp"
  region         = var.region
}

resource "google_kms_key_ring" "astra" {
  project  = var.project
  name     = "astra"
  location = var.region
}

resource "google_kms_crypto_key" "astra" {
  name            = "databases"
  key_ring        = google_kms_key_ring.astra.id
  purpose         = "ENCRYPT_DECRYPT"
  rotation_period = "7776000s"

  lifecycle {
    prevent_destroy = true # a key that is gone takes its databases along
  }
}

resource "google_kms_crypto_key_iam_binding" "astra" {
  crypto_key_id = google_kms_crypto_key.astra.id
  role          = "roles/cloudkms.cryptoOperator"
  members       = provider::astra::gcp_members([for seat in astra_provider_id.seat : seat.provider_id])
}

resource "astra_cmk_key" "astra" {
  cloud_provider = "gcp"
  region         = var.region
  key_id         = google_kms_crypto_key.astra.id

  # First the right to use the key, then its use.
  depends_on = [google_kms_crypto_key_iam_binding.astra]
}

output "key_name" {
  description = "The registered key."
  value       = astra_cmk_key.astra.key_id
}
