"""Why an estimate is what it is: reasons, comparables, and what another home would cost."""
