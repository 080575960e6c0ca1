//! What each role allows and denies, by a simulator of IAM that evaluates conditions.
