terraform {
  required_version = ">= 1.8"
  required_providers {
    astra = {
      source = "astra-cmk/astra-cmk"
    }
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0" # resources take a region
    }
  }
}

provider "astra" {}

provider "aws" {}
