terraform {
  required_version = ">= 1.8"
  required_providers {
    astra = {
      source = "astra-cmk/astra-cmk"
    }
    google = {
      source  = "hashicorp/google"
      version = ">= 6.0"
    }
  }
}

provider "astra" {}

provider "google" {}
